/* Takes a datagram that brings descriptors off its socket. Whoever takes it closes them, which
 * nothing cuts short and can take minutes: sockets and network devices by the thousand, of which
 * one descriptor is enough. So a thread of its own does. */
#ifndef GITDNS_OUTAGE_DISCARD_H
#define GITDNS_OUTAGE_DISCARD_H

#include <stdbool.h>

/* Takes the next datagram off the socket, which stays the caller's. */
void discard_begin(int fd);

/* Whether one is still being taken: until then nobody else may read from that socket. */
bool discard_is_at_work(void);

#endif
