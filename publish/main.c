/* gitdns-publish: options in, one summary or one error line out. */
#include "publish/publish.h"
#include "publish/report.h"
#include "publish/stop.h"
#include "registry/name.h"
#include <errno.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PROGRAM "gitdns-publish"
#define DAY (24 * 60 * 60)
#define VALID_DEFAULT (60 * DAY)
/* A registry that nobody renews must not answer for ever. */
#define VALID_MAX (3650LL * DAY)

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2 };

static const char help[] =
    "Usage: " PROGRAM " --to DIR --name NAME --key SECRET_KEY --hosts FILE [OPTION...]\n"
    "Turns names and addresses into a signed registry, a folder of static files.\n"
    "\n"
    "  --to DIR         folder to publish in; made if it is not there\n"
    "  --name NAME      the registry's own name: 1 to 64 of a-z 0-9 . -\n"
    "  --key FILE       minisign secret key. Repeated, for a change of keys: the first\n"
    "                   signs manifest.minisig, others manifest.KEYID.minisig\n"
    "  --hosts FILE     names and addresses as in hosts(5), gzipped or not; - is\n"
    "                   standard input\n"
    "  --pubkey FILE    public key that may have signed what DIR holds, or that of an\n"
    "                   encrypted --key; may be repeated\n"
    "  --valid TIME     how long clients may use it: a number and s, m, h, d or w\n"
    "                   (default 60d)\n"
    "  --private        take special-use names and addresses that are not globally\n"
    "                   reachable; clients need `private = yes` for it\n"
    "  --force          publish although names vanished or one address spread\n"
    "  --help           this text\n"
    "  --version        the version\n"
    "\n"
    "Exit status: 0 published, or unchanged; 1 refused or failed, and DIR is as it\n"
    "was; 2 usage.\n";

enum option_code { TO, NAME, KEY, HOSTS, PUBKEY, VALID, PRIVATE, FORCE, HELP, VERSION };

static const struct option known[] = {
    {"to", required_argument, NULL, TO},
    {"name", required_argument, NULL, NAME},
    {"key", required_argument, NULL, KEY},
    {"hosts", required_argument, NULL, HOSTS},
    {"pubkey", required_argument, NULL, PUBKEY},
    {"valid", required_argument, NULL, VALID},
    {"private", no_argument, NULL, PRIVATE},
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
    } units[] = {{'s', 1}, {'m', 60}, {'h', 60 * 60}, {'d', DAY}, {'w', 7 * DAY}};
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

static int check_options(const struct publish_options *options)
{
    if (options->to == NULL || options->to[0] == '\0')
        return usage("--to", "missing");
    if (options->name == NULL)
        return usage("--name", "missing");
    if (registry_name_check(options->name, strlen(options->name)) < 0)
        return usage("--name", "not a registry's name");
    if (options->signers.secrets == 0)
        return usage("--key", "missing");
    if (options->hosts == NULL)
        return usage("--hosts", "missing");
    if (options->valid <= 0)
        return usage("--valid", "not a time of up to ten years, such as 60d");
    return EXIT_SUCCESS;
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
        case PUBKEY:
            room = room && add(signers->pubkey, &signers->pubkeys, optarg);
            break;
        case VALID:
            options->valid = parse_time(optarg);
            break;
        case PRIVATE:
            options->private = true;
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
    static struct publish_options options = {.valid = VALID_DEFAULT};
    static struct publish_report report;
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
    status = publish(&options, &report, &problem) < 0 ? EXIT_REFUSED : EXIT_SUCCESS;
    report_skips(&report.skips, options.hosts);
    if (status == EXIT_SUCCESS)
        report_result(&options, &report);
    else
        fprintf(stderr, PROGRAM ": %s; %s\n", problem.text,
                report.moved ? "published, but a power failure may undo it" : "nothing published");
    if (report.left.text[0] != '\0')
        fprintf(stderr, PROGRAM ": %s; an old snapshot stays\n", report.left.text);
    return status;
}
