/* Rounds: one, or each when it is due. */
#ifndef GITDNS_SYNCD_DAEMON_H
#define GITDNS_SYNCD_DAEMON_H

#include "copy/config.h"

/* Runs one round. Returns the exit status. */
int daemon_once(const struct config *config);

/* Runs rounds until SIGTERM or SIGINT; SIGHUP reads the configuration again and starts a round.
 * Nothing but its timer and signals wakes it. Returns the exit status. */
int daemon_run(const struct config *config);

#endif
