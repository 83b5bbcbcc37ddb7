/* `gitdns verify URL...`: mirrors, from outside; no copy is looked at. */
#ifndef GITDNS_CLI_VERIFY_MIRRORS_H
#define GITDNS_CLI_VERIFY_MIRRORS_H

#include "cli/cli.h"

/* Of the URLs in cli->arguments. Returns an enum cli_exit. */
int verify_mirrors(const struct cli *cli);

#endif
