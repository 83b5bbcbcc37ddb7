/* Signals as a descriptor that they make readable: what waits for anything else can wait for them,
 * too. That of SIGTERM and SIGINT is called `stop`: nobody reads it, and so it stays readable. */
#ifndef GITDNS_SYNCD_SIGNAL_FD_H
#define GITDNS_SYNCD_SIGNAL_FD_H

#include <stdbool.h>

/* Blocks both. Returns the descriptor, or -1 with errno. */
int signal_fd_open(int first, int second);

/* Whether one of them has come. */
bool signal_fd_came(int fd);

#endif
