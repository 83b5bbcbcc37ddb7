/* What gitdns.conf says, as far as this user may read it. */
#ifndef GITDNS_CLI_CONFIGURE_H
#define GITDNS_CLI_CONFIGURE_H

#include "cli/cli.h"

/* Reads the file at cli->config_path (NULL: the usual one) and what is dropped in beside it, and
 * sets all of *cli that comes of it, but for `copies`. Where there is nothing at the usual place
 * there is no configuration. Returns whether nothing is wrong. */
bool configure(struct cli *cli);

/* The configuration, or NULL: there is none that can be read. */
const struct config *configure_read(const struct cli *cli);

/* Finds the copies in `folder`: all, or the one that --registry names. Returns false, and has all,
 * if there is none of that name. */
bool configure_copies(const struct cli *cli, const char *folder, struct copies *copies);

#endif
