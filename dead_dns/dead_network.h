/* A network in which every address is this machine's own, and nobody else is. */
#ifndef GITDNS_DEAD_DNS_DEAD_NETWORK_H
#define GITDNS_DEAD_DNS_DEAD_NETWORK_H

#include "base/message.h"
#include <stdint.h>

/* The calling process leaves its network for one of its own: sockets from now on are of that. Needs
 * its own user namespace, or root. Returns 0 and the *cookie that tells sockets of that network
 * (socket(7), SO_NETNS_COOKIE), or -1 with the cause. */
int dead_network_enter(uint64_t *cookie, char error[MESSAGE_OCTETS]);

#endif
