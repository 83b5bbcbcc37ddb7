#include "base/streams.h"
#include "syncd/daemon.h"
#include "syncd/syncd.h"
#include <curl/curl.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] =
    "Usage: gitdns-syncd [--once [--registry NAME] | --check] [--config FILE]\n"
    "Keeps this machine's copies of gitdns registries up to date.\n"
    "\n"
    "  --once         run one round of each registry and exit: 0 up to date or updated, 1 failed\n"
    "                 and that copy is as it was, 2 usage or configuration\n"
    "  --registry NAME  with --once: of that one alone\n"
    "  --check        read configuration and keys, and exit: 0 good, 2 not\n"
    "  --config FILE  read FILE instead of " CONFIG_PATH ", and FILE.d instead of\n"
    "                 " CONFIG_PATH ".d\n"
    "  --help         show this text\n"
    "  --version      show the version\n"
    "\n"
    "SIGHUP reads the configuration again and starts rounds, SIGUSR1 those of registries that\n"
    "lie on this machine. Such rounds and --once ask all mirrors, also those that the daemon\n"
    "leaves alone after a failure. See gitdns-syncd(8).\n";

enum { OPTION_ONCE = 1, OPTION_REGISTRY, OPTION_CHECK, OPTION_CONFIG, OPTION_HELP, OPTION_VERSION };

static const struct option options[] = {
    {"once", no_argument, NULL, OPTION_ONCE},
    {"registry", required_argument, NULL, OPTION_REGISTRY},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

/* What comes while the daemon starts does not end it: it waits for daemon_run. */
static void hold_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

struct arguments {
    const char *file;
    const char *registry; /* NULL: all */
    bool once;
    bool check;
};

/* One registry without its key does not keep the others from their rounds. Returns how many of
 * those that are asked for have theirs; 0: with `error`. */
static unsigned count_keyed(const struct arguments *arguments, const struct config *config,
                            char error[MESSAGE_OCTETS])
{
    struct keys keys;
    unsigned count = 0;

    for (unsigned i = 0; i < config->registries; i++) {
        const struct config_registry *registry = &config->registry[i];

        if (arguments->registry == NULL || strcmp(registry->name, arguments->registry) == 0)
            count += config_load_keys(registry, &keys, error) == 0;
    }
    return count;
}

/* Returns EXIT_SUCCESS, or EXIT_USAGE with what is wrong printed. */
static int read_configuration(const struct arguments *arguments, struct config *config)
{
    char error[MESSAGE_OCTETS];
    bool good = config_load(config, arguments->file, error) == 0;

    if (good && arguments->registry != NULL && config_find(config, arguments->registry) == NULL) {
        message_set(error, "%s has no registry %s", arguments->file, arguments->registry);
        good = false;
    }
    if (good)
        good = arguments->check ? config_check_keys(config, error) == 0
                                : count_keyed(arguments, config, error) > 0;
    if (good)
        return EXIT_SUCCESS;
    fprintf(stderr, "gitdns-syncd: %s\n", error);
    return EXIT_USAGE;
}

static int sync_registries(const struct arguments *arguments)
{
    static struct config config;
    int status;

    if (!arguments->once && !arguments->check)
        hold_signals();
    status = read_configuration(arguments, &config);
    if (status != EXIT_SUCCESS || arguments->check)
        return status;
    umask(022);
    signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
        fprintf(stderr, "gitdns-syncd: libsodium or libcurl does not start\n");
        return EXIT_FAILED;
    }
    status = arguments->once ? daemon_once(&config, arguments->registry) : daemon_run(&config);
    curl_global_cleanup();
    return status;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {.file = CONFIG_PATH};
    int option;

    streams_take_closed();
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case OPTION_ONCE:
            arguments.once = true;
            break;
        case OPTION_REGISTRY:
            arguments.registry = optarg;
            break;
        case OPTION_CHECK:
            arguments.check = true;
            break;
        case OPTION_CONFIG:
            arguments.file = optarg;
            break;
        case OPTION_HELP:
            fputs(usage, stdout);
            return EXIT_SUCCESS;
        case OPTION_VERSION:
            puts("gitdns-syncd " GITDNS_VERSION);
            return EXIT_SUCCESS;
        default:
            fputs("Try `gitdns-syncd --help`.\n", stderr);
            return EXIT_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "gitdns-syncd: %s: no argument expected; try `gitdns-syncd --help`\n",
                argv[optind]);
        return EXIT_USAGE;
    }
    if (arguments.registry != NULL && !arguments.once) {
        fputs("gitdns-syncd: --registry needs --once; try `gitdns-syncd --help`\n", stderr);
        return EXIT_USAGE;
    }
    return sync_registries(&arguments);
}
