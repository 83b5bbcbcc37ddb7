/* A drill of the copy itself: what it holds against the world as it is. */
#ifndef GITDNS_CLI_DRILL_COPY_H
#define GITDNS_CLI_DRILL_COPY_H

#include "cli/cli.h"

/* `gitdns drill` without a command: of all names, or of those that are its arguments. Returns an
 * enum cli_exit. */
int drill_copy(const struct cli *cli);

#endif
