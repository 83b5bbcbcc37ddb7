#include "base/streams.h"
#include "cli/cli.h"
#include "cli/configure.h"
#include "cli/help.h"
#include "copy/copy.h"
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command {
    const char *name;
    int (*run)(const struct cli *cli);
    int arguments_min;
    int arguments_max;
    const char *arguments; /* for people; NULL: takes none */
    bool json;             /* the options that it has */
    bool prometheus;       /* --prometheus, --output */
    bool forms;            /* --format, --hosts */
    bool dry_run;
    bool names;  /* --home, --missed, --root, --why */
    bool doctor; /* --missing, --nagios */
    bool drill;  /* --all, --at-least, --end, --keep, --machine, --mode, and a command line behind
                    `--` */
    bool verify; /* --deep, --key */
    bool registry;
    bool one_registry;          /* it is of one alone */
    bool exit_by_health;        /* 2 is a finding: usage has another exit status */
    bool exit_of_command;       /* it may be another program's: a fault of ours has its own */
    bool ignores_configuration; /* does not read it */
    bool reports_configuration; /* says itself what is wrong with it */
    bool needs_configuration; /* has no use without what it says, even where root keeps it hidden */
    bool needs_its_file;      /* and none where there is no such file */
    bool shows_without;       /* one that is wrong: what there is, all the same */
} commands[] = {
    {.name = "status",
     .run = cli_status,
     .json = true,
     .prometheus = true,
     .registry = true,
     .shows_without = true},
    {.name = "lookup",
     .run = cli_lookup,
     .json = true,
     .arguments_min = 1,
     .arguments_max = INT_MAX,
     .arguments = "NAME..."},
    {.name = "verify",
     .run = cli_verify,
     .json = true,
     .verify = true,
     .arguments_max = CONFIG_URLS_MAX,
     .arguments = "URLs, 16 at most",
     .registry = true,
     .needs_configuration = true},
    {.name = "export", .run = cli_export, .forms = true, .registry = true},
    {.name = "pull", .run = cli_pull, .registry = true, .needs_configuration = true},
    {.name = "log", .run = cli_log, .json = true, .registry = true},
    {.name = "diff",
     .run = cli_diff,
     .json = true,
     .arguments_max = 2,
     .arguments = "[A [B]]",
     .registry = true,
     .one_registry = true},
    {.name = "drill",
     .run = cli_drill,
     .arguments_max = INT_MAX,
     .json = true,
     .drill = true,
     .registry = true,
     .exit_of_command = true},
    {.name = "outage",
     .run = cli_outage,
     .json = true,
     .arguments_max = 1,
     .arguments = "on, off or auto"},
    {.name = "checkout",
     .run = cli_checkout,
     .arguments_min = 1,
     .arguments_max = 1,
     .arguments = "SERIAL or latest",
     .registry = true,
     .one_registry = true,
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
    {.name = "names", .run = cli_names, .json = true, .names = true, .ignores_configuration = true},
    {.name = "doctor",
     .run = cli_doctor,
     .json = true,
     .doctor = true,
     .registry = true,
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
static int usage(const struct cli *cli, const struct command *command)
{
    if (command != NULL && command->exit_by_health)
        return cli->nagios ? CLI_NAGIOS_UNKNOWN : CLI_DOCTOR_USAGE;
    return command != NULL && command->exit_of_command ? CLI_DRILL_FAULT : CLI_USAGE;
}

/* Whether arguments and options are the command's; if not this has been said. */
static bool is_usage(const struct cli *cli, const struct command *command)
{
    bool named = cli->registry_name != NULL;
    const char *foreign = cli->json && !command->json               ? "json"
                          : cli->hosts && !command->forms           ? "hosts"
                          : cli->format && !command->forms          ? "format"
                          : cli->dry_run && !command->dry_run       ? "dry-run"
                          : cli->missing && !command->doctor        ? "missing"
                          : cli->nagios && !command->doctor         ? "nagios"
                          : named && !command->registry             ? "registry"
                          : cli->homes && !command->names           ? "home"
                          : cli->missed && !command->names          ? "missed"
                          : cli->why && !command->names             ? "why"
                          : cli->root && !command->names            ? "root"
                          : cli->mode && !command->drill            ? "mode"
                          : cli->machine && !command->drill         ? "machine"
                          : cli->end && !command->drill             ? "end"
                          : cli->all && !command->drill             ? "all"
                          : cli->keep && !command->drill            ? "keep"
                          : cli->at_least && !command->drill        ? "at-least"
                          : cli->key && !command->verify            ? "key"
                          : cli->deep && !command->verify           ? "deep"
                          : cli->prometheus && !command->prometheus ? "prometheus"
                          : cli->output && !command->prometheus     ? "output"
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
    return command->reports_configuration || cli->key != NULL ||
           (!command->needs_configuration && cli->hidden &&
            strcmp(cli->config_path, CONFIG_PATH) == 0);
}

/* Whether the command has the registry that it is of; if not this has been said. */
static bool choose(struct cli *cli, const struct command *command)
{
    char names[COPIES_NAMES_OCTETS], shown[MESSAGE_OCTETS];

    if (!configure_copies(cli, cli->directory, &cli->copies)) {
        message_set(shown, "%s", cli->registry_name);
        fprintf(stderr, "gitdns: no registry %s; there is %s\n", shown,
                copies_names(&cli->copies, names));
        return false;
    }
    if (!command->one_registry || cli->copies.count == 1)
        return true;
    fprintf(stderr, "gitdns: %s needs --registry, one of %s\n", command->name,
            copies_names(&cli->copies, names));
    return false;
}

static int run(struct cli *cli, const struct command *command)
{
    bool wrong;
    int status;

    if (!is_usage(cli, command))
        return usage(cli, command);
    wrong = !command->ignores_configuration && !configure(cli) && !can_do_without(cli, command);
    if (wrong) {
        fprintf(stderr, "gitdns: %s\n", cli->config_error);
        if (!command->shows_without)
            return CLI_USAGE;
    }
    if (command->needs_its_file && !cli->configured) {
        fprintf(stderr, "gitdns: %s: %s\n", cli->config_path, strerror(ENOENT));
        return CLI_USAGE;
    }
    if (!command->ignores_configuration && !choose(cli, command))
        return usage(cli, command);
    status = command->run(cli);
    return wrong ? CLI_USAGE : status;
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

/* How many words stand behind the first `--`. */
static int count_behind_dashes(int argc, char *const *argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--") == 0)
            return argc - i - 1;
    return 0;
}

/* What stands behind `--` is arguments as the others are, or drill's command. */
static void take_arguments(struct cli *cli, const struct command *command, int count,
                           char *const *arguments, int behind)
{
    cli->arguments = arguments;
    cli->count = count;
    if (!command->drill || behind == 0 || behind > count)
        return;
    cli->count -= behind;
    cli->command = arguments + cli->count;
}

/* Returns whether the option is one. */
static bool take_option(struct cli *cli, int option)
{
    switch (option) {
    case 'c':
        cli->config_path = optarg;
        return true;
    case 'r':
        cli->registry_name = optarg;
        return true;
    case 'R':
        cli->root = optarg;
        return true;
    case 'f':
        cli->format = optarg;
        return true;
    case 'o':
        cli->hosts = true;
        return true;
    case 'j':
        cli->json = true;
        return true;
    case 'd':
        cli->dry_run = true;
        return true;
    case 'M':
        cli->missing = true;
        return true;
    case 'H':
        cli->homes = true;
        return true;
    case 'm':
        cli->missed = true;
        return true;
    case 'D':
        cli->mode = optarg;
        return true;
    case 'A':
        cli->machine = optarg;
        return true;
    case 'E':
        cli->end = true;
        return true;
    case 'l':
        cli->all = true;
        return true;
    case 'L':
        cli->at_least = optarg;
        return true;
    case 'k':
        cli->keep = true;
        return true;
    case 'K':
        cli->key = optarg;
        return true;
    case 'e':
        cli->deep = true;
        return true;
    case 'n':
        cli->nagios = true;
        return true;
    case 'p':
        cli->prometheus = true;
        return true;
    case 'O':
        cli->output = optarg;
        return true;
    case 'w':
        cli->why = true;
        return true;
    default:
        return false;
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"registry", required_argument, NULL, 'r'},
                                            {"root", required_argument, NULL, 'R'},
                                            {"mode", required_argument, NULL, 'D'},
                                            {"machine", required_argument, NULL, 'A'},
                                            {"end", no_argument, NULL, 'E'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"hosts", no_argument, NULL, 'o'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"dry-run", no_argument, NULL, 'd'},
                                            {"home", no_argument, NULL, 'H'},
                                            {"why", no_argument, NULL, 'w'},
                                            {"all", no_argument, NULL, 'l'},
                                            {"at-least", required_argument, NULL, 'L'},
                                            {"keep", no_argument, NULL, 'k'},
                                            {"key", required_argument, NULL, 'K'},
                                            {"deep", no_argument, NULL, 'e'},
                                            {"missed", no_argument, NULL, 'm'},
                                            {"missing", no_argument, NULL, 'M'},
                                            {"nagios", no_argument, NULL, 'n'},
                                            {"prometheus", no_argument, NULL, 'p'},
                                            {"output", required_argument, NULL, 'O'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'v'},
                                            {NULL, 0, NULL, 0}};
    static struct cli cli;
    const struct command *command;
    int behind = count_behind_dashes(argc, argv), option;
    bool understood = true;

    streams_take_closed();
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(cli_help, stdout);
            return finish(CLI_OK);
        }
        if (option == 'v') {
            puts("gitdns " GITDNS_VERSION);
            return finish(CLI_OK);
        }
        understood = take_option(&cli, option) && understood;
    }
    command = optind < argc ? find_command(argv[optind]) : NULL;
    if (!understood)
        return usage(&cli, command);
    if (optind == argc) {
        fputs(cli_help, stderr);
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
    take_arguments(&cli, command, argc - optind - 1, argv + optind + 1, behind);
    return finish(run(&cli, command));
}
