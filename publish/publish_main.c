/* gitdns-publish: options in, one summary or one error line out. */
#include "publish/progress.h"
#include "publish/publish.h"
#include "publish/seen.h"
#include "publish/stop.h"
#include "publish/summary.h"
#include "registry/name.h"
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PROGRAM "gitdns-publish"
#define DAY INT64_C(86400)
#define VALID_DEFAULT (60 * DAY)
#define HOLD_DEFAULT 8
/* Beside UINT_MAX, which is a number that could not be read. */
#define NOT_GIVEN (UINT_MAX - 1)
#define NOT_A_SERIAL UINT32_MAX
/* A registry that nobody renews must not answer for ever. */
#define VALID_MAX (3650 * DAY)

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
    "  --force          publish although names vanished or one address spread\n"
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

enum option_code {
    TO,
    NAME,
    KEY,
    HOSTS,
    NAMES,
    REVERT,
    PUBKEY,
    VALID,
    PRIVATE,
    HOLD,
    FORCE,
    RESOLVER,
    RATE,
    PARALLEL,
    WWW,
    SAMPLES,
    EVERY,
    HELP,
    VERSION
};

static const struct option known[] = {
    {"to", required_argument, NULL, TO},
    {"name", required_argument, NULL, NAME},
    {"key", required_argument, NULL, KEY},
    {"hosts", required_argument, NULL, HOSTS},
    {"names", required_argument, NULL, NAMES},
    {"revert", required_argument, NULL, REVERT},
    {"pubkey", required_argument, NULL, PUBKEY},
    {"valid", required_argument, NULL, VALID},
    {"private", no_argument, NULL, PRIVATE},
    {"hold", required_argument, NULL, HOLD},
    {"resolver", required_argument, NULL, RESOLVER},
    {"rate", required_argument, NULL, RATE},
    {"parallel", required_argument, NULL, PARALLEL},
    {"www", no_argument, NULL, WWW},
    {"samples", required_argument, NULL, SAMPLES},
    {"every", required_argument, NULL, EVERY},
    {"force", no_argument, NULL, FORCE},
    {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, VERSION},
    {NULL, 0, NULL, 0},
};

/* Seconds, or 0 if the text is no such time. */
static int64_t parse_time(const char *text)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', DAY}, {'w', 7 * DAY}};
    char *end;
    long long number;

    if (*text < '0' || *text > '9')
        return 0;
    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno != 0 || number > VALID_MAX || *end == '\0' || end[1] != '\0')
        return 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (units[i].unit == *end)
            return number * units[i].seconds <= VALID_MAX ? number * units[i].seconds : 0;
    return 0;
}

/* A number from `least` to `most`, or UINT_MAX. */
static unsigned parse_number(const char *text, unsigned least, unsigned most)
{
    unsigned long number;
    char *end;

    if (*text < '0' || *text > '9')
        return UINT_MAX;
    errno = 0;
    number = strtoul(text, &end, 10);
    return errno != 0 || *end != '\0' || number < least || number > most ? UINT_MAX
                                                                         : (unsigned)number;
}

static int usage(const char *option, const char *what)
{
    fprintf(stderr, PROGRAM ": %s: %s; see --help\n", option, what);
    return EXIT_USAGE;
}

/* False if there is no room. */
static bool add(const char **list, unsigned *count, const char *path)
{
    if (*count == SIGNERS_MAX)
        return false;
    list[(*count)++] = path;
    return true;
}

static int check_asking(struct publish_options *options)
{
    struct resolve_options *resolve = &options->resolve;
    bool given = resolve->resolvers.count > 0 || resolve->rate != NOT_GIVEN || options->www ||
                 resolve->parallel != NOT_GIVEN || resolve->samples != NOT_GIVEN ||
                 resolve->every != 0;

    if (given && options->names == NULL)
        return usage("--resolver, --rate, --parallel, --www, --samples, --every",
                     "only with --names");
    if (resolve->rate == UINT_MAX)
        return usage("--rate", "not a number of up to 1000000");
    if (resolve->parallel == UINT_MAX)
        return usage("--parallel", "not a number of up to 10000");
    if (resolve->samples == UINT_MAX)
        return usage("--samples", "not a number of up to 100");
    if (resolve->every < 0)
        return usage("--every", "not a time, such as 4h");
    if (resolve->samples != NOT_GIVEN && resolve->samples > 1 && resolve->every == 0)
        return usage("--every", "missing; --samples needs it");
    resolve->rate = resolve->rate == NOT_GIVEN ? 0 : resolve->rate;
    resolve->parallel = resolve->parallel == NOT_GIVEN ? PARALLEL_DEFAULT : resolve->parallel;
    resolve->samples = resolve->samples == NOT_GIVEN ? 1 : resolve->samples;
    resolve->private = options->private;
    return EXIT_SUCCESS;
}

static int check_options(struct publish_options *options)
{
    int sources;

    if (options->to == NULL || options->to[0] == '\0')
        return usage("--to", "missing");
    if (options->name == NULL)
        return usage("--name", "missing");
    if (registry_name_check(options->name, strlen(options->name)) < 0)
        return usage("--name", "not a registry's name");
    if (options->signers.secrets == 0)
        return usage("--key", "missing");
    if (options->revert == NOT_A_SERIAL)
        return usage("--revert", "not a serial");
    sources = (options->hosts != NULL) + (options->names != NULL) + (options->revert > 0);
    if (sources != 1)
        return usage("--hosts, --names, --revert",
                     sources == 0 ? "one is missing" : "only one of them");
    if (options->hold == UINT_MAX)
        return usage("--hold", "not a number of up to 250");
    if (options->hold == NOT_GIVEN)
        options->hold = options->names != NULL ? HOLD_DEFAULT : 0;
    if (options->valid <= 0)
        return usage("--valid", "not a time of up to ten years, such as 60d");
    return check_asking(options);
}

/* Returns -1 to go on, or the exit status. */
static int parse_options(int argc, char **argv, struct publish_options *options)
{
    struct signer_options *signers = &options->signers;
    bool room = true;
    int code, status;

    while ((code = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (code) {
        case TO:
            options->to = optarg;
            break;
        case NAME:
            options->name = optarg;
            break;
        case KEY:
            room = room && add(signers->secret, &signers->secrets, optarg);
            break;
        case HOSTS:
            options->hosts = optarg;
            break;
        case NAMES:
            options->names = optarg;
            break;
        case REVERT:
            options->revert = serial_parse(optarg, strlen(optarg));
            if (options->revert == 0)
                options->revert = NOT_A_SERIAL;
            break;
        case PUBKEY:
            room = room && add(signers->pubkey, &signers->pubkeys, optarg);
            break;
        case VALID:
            options->valid = parse_time(optarg);
            break;
        case PRIVATE:
            options->private = true;
            break;
        case HOLD:
            options->hold = parse_number(optarg, 0, HOLD_MAX);
            break;
        case RESOLVER:
            code = resolvers_add(&options->resolve.resolvers, optarg);
            if (code < 0)
                return usage("--resolver", code == -ENOSPC ? "too many" : "not an address");
            break;
        case RATE:
            options->resolve.rate = parse_number(optarg, 1, RATE_MAX);
            break;
        case PARALLEL:
            options->resolve.parallel = parse_number(optarg, 1, PARALLEL_MAX);
            break;
        case WWW:
            options->www = true;
            break;
        case SAMPLES:
            options->resolve.samples = parse_number(optarg, 1, SAMPLES_MAX);
            break;
        case EVERY:
            options->resolve.every = parse_time(optarg);
            if (options->resolve.every == 0)
                options->resolve.every = -1;
            break;
        case FORCE:
            options->force = true;
            break;
        case HELP:
            fputs(help, stdout);
            return EXIT_SUCCESS;
        case VERSION:
            puts(PROGRAM " " GITDNS_VERSION);
            return EXIT_SUCCESS;
        default: /* getopt_long has said why */
            return EXIT_USAGE;
        }
    }
    if (optind < argc)
        return usage(argv[optind], "not an option");
    if (!room)
        return usage("--key, --pubkey", "too many");
    status = check_options(options);
    return status == EXIT_SUCCESS ? -1 : status;
}

int main(int argc, char **argv)
{
    static struct publish_options options = {
        .valid = VALID_DEFAULT,
        .hold = NOT_GIVEN,
        .resolve = {.rate = NOT_GIVEN, .parallel = NOT_GIVEN, .samples = NOT_GIVEN}};
    static struct progress_view view;
    static struct publish_outcome outcome;
    static struct problem problem;
    int status = parse_options(argc, argv, &options);

    if (status >= 0)
        return status;
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
