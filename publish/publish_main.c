/* gitdns-publish: options in, one summary or one error line out. */
#include "publish/options.h"
#include "publish/progress.h"
#include "publish/publish.h"
#include "publish/stop.h"
#include "publish/summary.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PROGRAM "gitdns-publish"

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2 };

static const char help[] =
    "Usage: " PROGRAM " --to DIR --name NAME --key SECRET_KEY\n"
    "           (--hosts FILE | --names FILE | --revert SERIAL) [OPTION...]\n"
    "Turns names and addresses into a signed registry, a folder of static files.\n"
    "\n"
    "  --to DIR         folder to publish in; made if it is not there\n"
    "  --name NAME      the registry's own name: 1 to 64 of a-z 0-9 . -\n"
    "  --key FILE       minisign secret key. Repeated, for a change of keys: the first\n"
    "                   signs manifest.minisig, others manifest.KEYID.minisig\n"
    "  --hosts FILE     names and addresses as in hosts(5), gzipped or not; - is\n"
    "                   standard input\n"
    "  --names FILE     a list of names, one a line or `rank,name`, gzipped or not;\n"
    "                   their addresses are asked for. Interrupted and started again,\n"
    "                   it goes on where it was\n"
    "  --revert SERIAL  publish an earlier serial's names once more, as a new serial\n"
    "  --pubkey FILE    public key that may have signed what DIR holds, or that of an\n"
    "                   encrypted --key; may be repeated\n"
    "  --valid TIME     how long clients may use it: a number and s, m, h, d or w\n"
    "                   (default 60d)\n"
    "  --private        take special-use names and addresses that are not globally\n"
    "                   reachable; clients need `private = yes` for it\n"
    "  --hold N         keep addresses for N serials after they were last seen (default\n"
    "                   8 with --names, 0 with --hosts)\n"
    "  --force          publish although names vanished or failed, one address spread, or\n"
    "                   the clock is far from when the last serial was published\n"
    "  --help           this text\n"
    "  --version        the version\n"
    "\n"
    "With --names:\n"
    "  --resolver ADDR  ask this resolver, ADDR:PORT or [ADDR]:PORT if its port is not\n"
    "                   53; may be repeated. It should be near: whoever can forge its\n"
    "                   answers decides what is published (default: resolv.conf's)\n"
    "  --rate N         ask at most N questions a second; two a name\n"
    "  --parallel N     names under way (default 200)\n"
    "  --www            www.NAME for each NAME too\n"
    "  --samples N      ask N times and publish all that was seen (default 1)\n"
    "  --every TIME     from the beginning of one sample to that of the next; needed if\n"
    "                   there is more than one\n"
    "\n"
    "Exit status: 0 published, or unchanged; 1 refused or failed, and DIR is as it\n"
    "was; 2 usage.\n";

int main(int argc, char **argv)
{
    static struct publish_options options;
    static struct progress_view view;
    static struct publish_outcome outcome;
    static struct problem problem;
    int status;

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
    if (sodium_init() < 0) {
        fputs(PROGRAM ": libsodium does not work here; nothing published\n", stderr);
        return EXIT_REFUSED;
    }
    umask(022);
    stop_on_signals();
    progress_start(&view);
    options.resolve.progress = progress_show;
    options.resolve.context = &view;
    status = publish(&options, &outcome, &problem) < 0 ? EXIT_REFUSED : EXIT_SUCCESS;
    progress_end(&view);
    summary_silent(&outcome.counts.silent);
    summary_skips(&outcome.skips, options.names != NULL ? options.names : options.hosts);
    if (status == EXIT_SUCCESS)
        summary_result(&options, &outcome);
    else
        fprintf(stderr, PROGRAM ": %s; %s\n", problem.text,
                outcome.moved ? "published, but a power failure may undo it" : "nothing published");
    if (outcome.left.text[0] != '\0')
        fprintf(stderr, PROGRAM ": %s; an old snapshot stays\n", outcome.left.text);
    return status;
}
