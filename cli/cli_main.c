#include "cli/cli.h"
#include "copy/copy.h"
#include "hosts_line/grammar.h"
#include <errno.h>
#include <getopt.h>
#include <limits.h>
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
    "  export         write the copy to standard output as registry text\n"
    "\n"
    "  pull           fetch what is new: one round of gitdns-syncd, now; needs root\n"
    "  log            the serials that this machine keeps, newest first, and how many names each\n"
    "                 added (+), removed (-) and changed (~); * marks the one that answers\n"
    "  diff [A [B]]   lines removed (-) and added (+) between two serials: by default the one\n"
    "                 that answers and the one before it; exit status 0 whether they differ or "
    "not\n"
    "  checkout SERIAL  answer from that serial; newer ones are fetched but do not answer; needs\n"
    "                 root\n"
    "  checkout latest  answer from the newest again, as usual\n"
    "\n"
    "  enable         put gitdns into the hosts line of " NSSWITCH_PATH "; needs root\n"
    "  disable        take it out: what enable changed is as it was, to the octet\n"
    "\n"
    "  doctor         whether this machine is protected, what each way in which DNS can fail "
    "comes\n"
    "                 to, and the commands that mend what is wrong; exit status 0 fine, 1 "
    "degraded,\n"
    "                 2 not protected, 64 usage\n"
    "  explain NAME   which service of the hosts line answers it now, and which would if DNS died\n"
    "\n"
    "  outage         what is known of an outage of DNS\n"
    "  outage on      answer from the copy before DNS is asked, until told otherwise\n"
    "  outage off     ask DNS first, whatever gitdns-syncd finds out\n"
    "  outage auto    let gitdns-syncd find out, as usual, and after each start of it\n"
    "\n"
    "      --config FILE  default: " CONFIG_PATH "\n"
    "      --dry-run      enable and disable show what they would change\n"
    "      --hosts        export as a hosts file, hosts(5), one address a line\n"
    "      --json         status, doctor and explain for programs\n"
    "      --help\n"
    "      --version\n"
    "\n"
    "Exit status: 0 good; 1 not: no copy, too old, not reached, name not in it, does not\n"
    "verify, serial not kept, hosts line not to be edited, nothing to write to; 2 usage or\n"
    "configuration.\n";

/* Without a file at the usual place the store is looked for at its usual place; anything else that
 * is wrong with the configuration is an error. */
static bool configure(struct cli *cli)
{
    bool named = cli->config_path != NULL;
    bool good = true;

    cli->configured = named || access(CONFIG_PATH, F_OK) == 0 || errno != ENOENT;
    if (!named)
        cli->config_path = CONFIG_PATH;
    if (cli->configured)
        good = config_load(&cli->config, cli->config_path, cli->config_error) == 0;
    cli->directory = cli->configured && good ? cli->config.directory : STORE_DIRECTORY;
    snprintf(cli->store_path, sizeof cli->store_path, "%s/" STORE_FILE, cli->directory);
    cli->hidden = !good && access(cli->config_path, R_OK) < 0 && errno == EACCES;
    return good;
}

static const struct command {
    const char *name;
    int (*run)(const struct cli *cli);
    int arguments_min;
    int arguments_max;
    const char *arguments; /* for people; NULL: takes none */
    bool json;             /* the options that it has */
    bool hosts;
    bool dry_run;
    bool exit_by_health;        /* 2 is a finding: usage has another exit status */
    bool ignores_configuration; /* does not read it */
    bool reports_configuration; /* says itself what is wrong with it */
    bool needs_configuration; /* has no use without what it says, even where root keeps it hidden */
    bool needs_its_file;      /* and none where there is no such file */
} commands[] = {
    {.name = "status", .run = cli_status, .json = true},
    {.name = "lookup",
     .run = cli_lookup,
     .arguments_min = 1,
     .arguments_max = INT_MAX,
     .arguments = "NAME..."},
    {.name = "verify", .run = cli_verify, .needs_configuration = true},
    {.name = "export", .run = cli_export, .hosts = true},
    {.name = "pull", .run = cli_pull, .needs_configuration = true},
    {.name = "log", .run = cli_log},
    {.name = "diff", .run = cli_diff, .arguments_max = 2, .arguments = "[A [B]]"},
    {.name = "outage", .run = cli_outage, .arguments_max = 1, .arguments = "on, off or auto"},
    {.name = "checkout",
     .run = cli_checkout,
     .arguments_min = 1,
     .arguments_max = 1,
     .arguments = "SERIAL or latest",
     .needs_configuration = true,
     .needs_its_file = true},
    {.name = "enable", .run = cli_enable, .dry_run = true, .ignores_configuration = true},
    {.name = "disable", .run = cli_disable, .dry_run = true, .ignores_configuration = true},
    {.name = "explain",
     .run = cli_explain,
     .arguments_min = 1,
     .arguments_max = 1,
     .arguments = "a NAME",
     .json = true},
    {.name = "doctor",
     .run = cli_doctor,
     .json = true,
     .exit_by_health = true,
     .reports_configuration = true},
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* `command`: NULL if none is known. */
static int usage(const struct command *command)
{
    return command != NULL && command->exit_by_health ? CLI_DOCTOR_USAGE : CLI_USAGE;
}

/* Whether arguments and options are the command's; if not this has been said. */
static bool is_usage(const struct cli *cli, const struct command *command)
{
    const char *foreign = cli->json && !command->json         ? "json"
                          : cli->hosts && !command->hosts     ? "hosts"
                          : cli->dry_run && !command->dry_run ? "dry-run"
                                                              : NULL;

    if (cli->count < command->arguments_min || cli->count > command->arguments_max)
        fprintf(stderr, "gitdns: %s takes %s\n", command->name,
                command->arguments != NULL ? command->arguments : "no argument");
    else if (foreign != NULL)
        fprintf(stderr, "gitdns: %s has no --%s\n", command->name, foreign);
    else
        return true;
    return false;
}

/* Without the configuration most commands have the usual folder to look at, as where there is no
 * configuration, if root keeps it from others. */
static bool can_do_without(const struct cli *cli, const struct command *command)
{
    return command->reports_configuration || (!command->needs_configuration && cli->hidden &&
                                              strcmp(cli->config_path, CONFIG_PATH) == 0);
}

static int run(struct cli *cli, const struct command *command)
{
    if (!is_usage(cli, command))
        return usage(command);
    if (!command->ignores_configuration && !configure(cli) && !can_do_without(cli, command)) {
        fprintf(stderr, "gitdns: %s\n", cli->config_error);
        return CLI_USAGE;
    }
    if (command->needs_its_file && !cli->configured) {
        fprintf(stderr, "gitdns: %s: %s\n", cli->config_path, strerror(ENOENT));
        return CLI_USAGE;
    }
    return command->run(cli);
}

/* What could not be written was not said. */
static int finish(int status)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "gitdns: standard output: %s\n",
            errno != 0 ? strerror(errno) : "cannot be written");
    return status > CLI_BAD ? status : CLI_BAD; /* for doctor, 2 is the worse */
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"hosts", no_argument, NULL, 'o'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'v'},
                                            {"dry-run", no_argument, NULL, 'd'},
                                            {NULL, 0, NULL, 0}};
    static struct cli cli;
    const struct command *command;
    bool understood = true;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            cli.config_path = optarg;
            break;
        case 'o':
            cli.hosts = true;
            break;
        case 'j':
            cli.json = true;
            break;
        case 'd':
            cli.dry_run = true;
            break;
        case 'h':
            fputs(help, stdout);
            return finish(CLI_OK);
        case 'v':
            puts("gitdns " GITDNS_VERSION);
            return finish(CLI_OK);
        default:
            understood = false;
        }
    }
    command = optind < argc ? find_command(argv[optind]) : NULL;
    if (!understood)
        return usage(command);
    if (optind == argc) {
        fputs(help, stderr);
        return CLI_USAGE;
    }
    if (command == NULL) {
        fprintf(stderr, "gitdns: no command `%s'; see gitdns --help\n", argv[optind]);
        return CLI_USAGE;
    }
    if (sodium_init() < 0) {
        fputs("gitdns: libsodium cannot be used\n", stderr);
        return CLI_BAD;
    }
    cli.arguments = argv + optind + 1;
    cli.count = argc - optind - 1;
    return finish(run(&cli, command));
}
