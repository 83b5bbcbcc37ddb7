#include "cli/cli.h"
#include "nss_gitdns/hosts_line.h"
#include "registry/error.h"
#include "registry/store_verify.h"
#include <errno.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: gitdns [OPTION]... COMMAND\n"
    "Look at this machine's copy of a registry of names, which answers when DNS cannot.\n"
    "\n"
    "  status         which registry, how old, when it was and will be refreshed, and\n"
    "                 whether the hosts line of " NSSWITCH_PATH " lets it answer\n"
    "  lookup NAME... what the copy holds of each name, without asking anyone else\n"
    "  verify         check the copy's signature, and its text against what was signed\n"
    "\n"
    "      --config FILE  default: " CONFIG_PATH "\n"
    "      --json         status for programs\n"
    "      --help\n"
    "      --version\n"
    "\n"
    "Exit status: 0 good; 1 not: no copy, too old, not reached, name not in it, does not\n"
    "verify; 2 usage or configuration.\n";

bool cli_open_store(const struct cli *cli, struct store *store, struct manifest *manifest)
{
    int r = store_open(store, cli->store_path);

    if (r == 0) {
        r = store_manifest(store, manifest);
        if (r < 0)
            store_unmap(store);
    }
    if (r < 0)
        fprintf(stderr, "gitdns: %s: %s\n", cli->store_path, error_text(r));
    return r == 0;
}

/* Without a file at the usual place the store is looked for at its usual place; anything else that
 * is wrong with the configuration is an error. */
static bool configure(struct cli *cli, const char *path)
{
    char error[MESSAGE_OCTETS];

    cli->configured = path != NULL || access(CONFIG_PATH, F_OK) == 0 || errno != ENOENT;
    if (cli->configured &&
        config_load(&cli->config, path != NULL ? path : CONFIG_PATH, error) < 0) {
        fprintf(stderr, "gitdns: %s\n", error);
        return false;
    }
    snprintf(cli->store_path, sizeof cli->store_path, "%s/" STORE_FILE,
             cli->configured ? cli->config.directory : STORE_DIRECTORY);
    return true;
}

static int run(struct cli *cli, const char *command)
{
    static const struct {
        const char *name;
        int (*run)(const struct cli *cli);
        bool takes_arguments;
        bool speaks_json;
    } commands[] = {{"status", cli_status, false, true},
                    {"lookup", cli_lookup, true, false},
                    {"verify", cli_verify, false, false}};

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].name, command) != 0)
            continue;
        if (!commands[i].takes_arguments && cli->count > 0) {
            fprintf(stderr, "gitdns: %s takes no argument\n", command);
            return CLI_USAGE;
        }
        if (cli->json && !commands[i].speaks_json) {
            fprintf(stderr, "gitdns: %s has no --json\n", command);
            return CLI_USAGE;
        }
        return commands[i].run(cli);
    }
    fprintf(stderr, "gitdns: no command `%s'; see gitdns --help\n", command);
    return CLI_USAGE;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'v'},
                                            {NULL, 0, NULL, 0}};
    static struct cli cli;
    const char *config = NULL;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            config = optarg;
            break;
        case 'j':
            cli.json = true;
            break;
        case 'h':
            fputs(help, stdout);
            return CLI_OK;
        case 'v':
            puts("gitdns " GITDNS_VERSION);
            return CLI_OK;
        default:
            return CLI_USAGE;
        }
    }
    if (optind == argc) {
        fputs(help, stderr);
        return CLI_USAGE;
    }
    if (sodium_init() < 0) {
        fputs("gitdns: libsodium cannot be used\n", stderr);
        return CLI_BAD;
    }
    if (!configure(&cli, config))
        return CLI_USAGE;
    cli.arguments = argv + optind + 1;
    cli.count = argc - optind - 1;
    return run(&cli, argv[optind]);
}
