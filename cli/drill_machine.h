/* A drill of the whole machine, by the daemon. */
#ifndef GITDNS_CLI_DRILL_MACHINE_H
#define GITDNS_CLI_DRILL_MACHINE_H

#include "cli/cli.h"

/* Begins one for the time in cli->machine, or, with cli->end, ends it. Returns CLI_OK, CLI_BAD if
 * it cannot be, CLI_DRILL_FAULT for usage. */
int drill_machine(const struct cli *cli);

#endif
