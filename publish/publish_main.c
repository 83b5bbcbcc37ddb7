/* gitdns-publish: options in, one summary or one error line out. */
#include "base/streams.h"
#include "publish/after.h"
#include "publish/guards.h"
#include "publish/options.h"
#include "publish/progress.h"
#include "publish/publish.h"
#include "publish/stop.h"
#include "publish/summary.h"
#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PROGRAM "gitdns-publish"

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_GUARD = 3, EXIT_AFTER = 4 };

static const char help[] =
    "Usage: " PROGRAM " --to DIR --name NAME --key SECRET_KEY\n"
    "           (--hosts FILE | --names LIST... | --revert SERIAL) [OPTION...]\n"
    "Turns names and addresses into a signed registry, a folder of static files.\n"
    "\n"
    "  --to DIR         folder to publish in; made if it is not there\n"
    "  --name NAME      the registry's own name: 1 to 64 of a-z 0-9 . -\n"
    "  --key FILE       minisign secret key, or a folder of *.key. Several are for a\n"
    "                   change of keys: the first signs manifest.minisig, others\n"
    "                   manifest.KEYID.minisig\n"
    "  --hosts FILE     names and addresses as in hosts(5), gzipped or not; - is\n"
    "                   standard input\n"
    "  --names LIST     a list of names, whose addresses are asked for: a file, a URL\n"
    "                   (https or file), or - for standard input. Names, URLs or\n"
    "                   `rank,name`, one a line, or a table with titles; gzip or ZIP or\n"
    "                   neither. Repeated, the first one's names come first; with --hosts,\n"
    "                   what that has is not asked for. Interrupted and started again, it\n"
    "                   goes on where it was\n"
    "  --private-names LIST  the same, of names that a network has for itself: also those\n"
    "                   in internal and home.arpa, and with private addresses; clients\n"
    "                   need `private = some`. With --revert, what may come back\n"
    "  --revert SERIAL  publish an earlier serial's names once more, as a new serial\n"
    "  --restore URL    where DIR holds nothing, take what was published back from this\n"
    "                   mirror first, verified, and go on above it\n"
    "  --after COMMAND  once something new is published, run this by sh, with GITDNS_DIR and\n"
    "                   GITDNS_SERIAL in its environment\n"
    "  --pubkey FILE    public key that may have signed what DIR holds, or that of an\n"
    "                   encrypted --key; may be repeated\n"
    "  --valid TIME     how long clients may use it: a number and s, m, h, d or w\n"
    "                   (default 60d)\n"
    "  --private        take special-use names and addresses that are not globally\n"
    "                   reachable, all; clients need `private = yes` for it\n"
    "  --hold N         keep addresses for N serials after they were last seen (default\n"
    "                   8 with --names, 0 with --hosts)\n"
    "  --force          publish although names vanished or failed, one address spread, or\n"
    "                   the clock is far from when the last serial was published; take a\n"
    "                   list that has shrunk\n"
    "  --any-clock      of these, pass over what the clock says alone\n"
    "  --no-page        no index.html, the page for people; one that is there goes\n"
    "  --show-skipped   show each entry that cannot be published, not the first few\n"
    "  --help           this text\n"
    "  --version        the version\n"
    "\n"
    "With --names:\n"
    "  --resolver ADDR  ask this resolver, ADDR:PORT or [ADDR]:PORT if its port is not\n"
    "                   53; may be repeated. It should be near: whoever can forge its\n"
    "                   answers decides what is published (default: resolv.conf's)\n"
    "  --rate N         ask at most N questions a second, two a name; 0: as fast as\n"
    "                   answers come (default: that with a resolver on this machine,\n"
    "                   else 50)\n"
    "  --parallel N     names under way (default 200)\n"
    "  --top N          the first N names alone\n"
    "  --www            www.NAME for each NAME too\n"
    "  --samples N      ask N times and publish all that was seen (default 1)\n"
    "  --every TIME     from the beginning of one sample to that of the next; needed if\n"
    "                   there is more than one\n"
    "  --prove          try the addresses: whoever has the key of a certificate for the\n"
    "                   name answers there. Those that are proven come first and stay,\n"
    "                   those that are not any more go; each is tried once a week\n"
    "  --prove-names FILE  the same for the names in this list alone; may be repeated\n"
    "  --require FILE   the same, and of the names in this list no address is published\n"
    "                   that is not proven; may be repeated\n"
    "  --siblings N     try a name with fewer than three proven addresses at N of those\n"
    "                   of names of its domain or canonical name (default 4)\n"
    "\n"
    "Exit status: 0 published, or unchanged; 1 refused or failed; 2 usage; 3 refused\n"
    "as names vanished or an address spread; 4 published, but --after failed. DIR is as it\n"
    "was unless it is 0 or 4.\n";

static struct progress_view view;

static void show_kept(const char *why)
{
    fprintf(stderr, PROGRAM ": %s\n", why);
}

static void show_skipped(const struct skip *skip)
{
    progress_end(&view);
    summary_skip(skip);
}

static int run_after(const struct publish_options *options, uint32_t serial)
{
    struct problem problem;

    fflush(stdout);
    if (after_run(options->after, options->to, serial, &problem) == 0)
        return EXIT_SUCCESS;
    fprintf(stderr, PROGRAM ": %s; published\n", problem.text);
    return EXIT_AFTER;
}

int main(int argc, char **argv)
{
    static struct publish_options options;
    static struct publish_outcome outcome;
    static struct problem problem;
    int r, status;

    streams_take_closed();
    switch (options_parse(argc, argv, &options, &problem)) {
    case OPTIONS_HELP:
        fputs(help, stdout);
        return EXIT_SUCCESS;
    case OPTIONS_VERSION:
        puts(PROGRAM " " GITDNS_VERSION);
        return EXIT_SUCCESS;
    case OPTIONS_WRONG:
        if (problem.text[0] != '\0')
            fprintf(stderr, PROGRAM ": %s; see --help\n", problem.text);
        return EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
        fputs(PROGRAM ": libsodium or libcurl does not work here; nothing published\n", stderr);
        return EXIT_REFUSED;
    }
    umask(022);
    stop_on_signals();
    progress_start(&view);
    options.resolve.progress = progress_show;
    options.resolve.context = &view;
    options.prove.progress = progress_show;
    options.prove.context = &view;
    options.lists.kept = show_kept;
    options.skipped = options.show_skipped ? show_skipped : NULL;
    r = publish(&options, &outcome, &problem);
    status = r == 0 ? EXIT_SUCCESS : guard_stands(r) ? EXIT_GUARD : EXIT_REFUSED;
    progress_end(&view);
    summary_restored(&outcome.restored, options.restore);
    summary_silent(&outcome.counts.silent);
    summary_skips(&outcome.skips);
    if (status == EXIT_SUCCESS)
        summary_result(&options, &outcome);
    else
        fprintf(stderr, PROGRAM ": %s; %s\n", problem.text,
                outcome.moved ? "published, but a power failure may undo it" : "nothing published");
    if (outcome.page.text[0] != '\0')
        fprintf(stderr, PROGRAM ": %s\n", outcome.page.text);
    if (outcome.left.text[0] != '\0')
        fprintf(stderr, PROGRAM ": %s; an old snapshot stays\n", outcome.left.text);
    if (status == EXIT_SUCCESS && options.after != NULL && !outcome.unchanged)
        status = run_after(&options, outcome.manifest.serial);
    return status;
}
