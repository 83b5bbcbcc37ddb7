/* What the command tells the daemon that watches for outages. */
#ifndef GITDNS_CLI_DAEMON_SOCKET_H
#define GITDNS_CLI_DAEMON_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

/* Connected to the daemon; -1, and errno: there is none. */
int daemon_connect(void);

/* Sends one of the words of an administrator; waits some seconds for room. Returns whether it is
 * sent; if not, errno says why. */
bool daemon_send(int fd, const char *word);

/* Whether the daemon has taken all that was sent, by `until`, in milliseconds of CLOCK_MONOTONIC.
 */
bool daemon_has_taken(int fd, int64_t until);

#endif
