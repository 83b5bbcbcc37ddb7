/* Rounds: one, or each when it is due. */
#ifndef GITDNS_SYNCD_DAEMON_H
#define GITDNS_SYNCD_DAEMON_H

#include "copy/config.h"

/* Runs one round of each registry, or of that name alone. Returns the exit status. */
int daemon_once(const struct config *config, const char *name);

/* Runs rounds until SIGTERM or SIGINT; SIGHUP reads the configuration again and starts rounds.
 * Nothing but its timer, signals and the ends of rounds wake it. Returns the exit status. */
int daemon_run(const struct config *config);

#endif
