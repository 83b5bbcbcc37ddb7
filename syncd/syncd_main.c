#include "syncd/daemon.h"
#include "syncd/syncd.h"
#include <curl/curl.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char usage[] =
    "Usage: gitdns-syncd [--once] [--config FILE]\n"
    "Keeps this machine's copy of a gitdns registry up to date.\n"
    "\n"
    "  --once         run one round and exit: 0 up to date or updated, 1 failed and the copy\n"
    "                 is as it was, 2 usage or configuration\n"
    "  --config FILE  read FILE instead of " CONFIG_PATH "\n"
    "  --help         show this text\n"
    "  --version      show the version\n"
    "\n"
    "SIGHUP reads the configuration again and starts a round. Such a round and --once ask all\n"
    "mirrors, also those that the daemon leaves alone after a failure. See gitdns-syncd(8).\n";

enum { OPTION_ONCE = 1, OPTION_CONFIG, OPTION_HELP, OPTION_VERSION };

static const struct option options[] = {
    {"once", no_argument, NULL, OPTION_ONCE},
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

/* A reload that comes while the daemon starts does not end it: it waits for daemon_run. */
static void hold_reload(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static int sync_registry(const char *file, bool once)
{
    struct config config;
    struct keys keys;
    char error[MESSAGE_OCTETS];
    int status;

    if (!once)
        hold_reload();
    if (config_load(&config, file, error) != 0 || config_load_keys(&config, &keys, error) != 0) {
        fprintf(stderr, "gitdns-syncd: %s\n", error);
        return EXIT_USAGE;
    }
    umask(022);
    signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
        fprintf(stderr, "gitdns-syncd: libsodium or libcurl does not start\n");
        return EXIT_FAILED;
    }
    status = once ? daemon_once(&config) : daemon_run(&config);
    curl_global_cleanup();
    return status;
}

int main(int argc, char **argv)
{
    const char *file = CONFIG_PATH;
    bool once = false;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case OPTION_ONCE:
            once = true;
            break;
        case OPTION_CONFIG:
            file = optarg;
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
    return sync_registry(file, once);
}
