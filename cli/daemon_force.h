/* What root decides in the daemon's place: that everything is out or nothing is, or a drill. */
#ifndef GITDNS_CLI_DAEMON_FORCE_H
#define GITDNS_CLI_DAEMON_FORCE_H

#include "copy/control.h"

/* Tells the daemon, and waits until the board shows it. Returns CLI_OK; or CLI_BAD, and has said
 * why, as what `command` does. */
int daemon_force(const struct control *control, const char *command);

#endif
