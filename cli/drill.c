#include "cli/cli.h"
#include "cli/drill_copy.h"
#include "cli/drill_machine.h"
#include "cli/drill_report.h"
#include "dead_dns/rehearsal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const modes[] = {
    [DEAD_REFUSED] = "refused", [DEAD_SILENT] = "silent", [DEAD_SERVFAIL] = "servfail"};

/* Returns whether it is one. */
static bool find_mode(const char *word, enum dead_dns *mode)
{
    for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(modes[i], word) == 0) {
            *mode = (enum dead_dns)i;
            return true;
        }
    return false;
}

static int fault(const char *what)
{
    fprintf(stderr, "gitdns: drill: %s\n", what);
    return CLI_DRILL_FAULT;
}

static int drill_command(const struct cli *cli, enum dead_dns mode)
{
    struct asked *asked = calloc(1, sizeof *asked);
    char error[MESSAGE_OCTETS];
    int status;

    if (asked == NULL)
        return fault("out of memory");
    status = rehearsal_run(mode, cli->command, asked, error);
    if (status >= 0)
        drill_report(asked, modes[mode]);
    free(asked);
    return status >= 0 ? status : fault(error);
}

int cli_drill(const struct cli *cli)
{
    enum dead_dns mode = DEAD_REFUSED;

    if (cli->machine != NULL || cli->end)
        return drill_machine(cli);
    if (cli->mode != NULL && !find_mode(cli->mode, &mode))
        return fault("--mode takes refused, silent or servfail");
    if (cli->command == NULL && cli->mode != NULL)
        return fault("--mode takes a command, behind --");
    if (cli->command == NULL)
        return drill_copy(cli);
    if (cli->all || cli->at_least != NULL || cli->keep || cli->json || cli->registry_name != NULL)
        return fault("--all, --at-least, --json, --keep and --registry take no command");
    if (cli->count > 0)
        return fault("it takes names, or -- and a command");
    return drill_command(cli, mode);
}
