/* What this machine says of an address, without sending anything. */
#ifndef GITDNS_PROOF_OWN_H
#define GITDNS_PROOF_OWN_H

#include "proof/proof.h"
#include <ifaddrs.h>

/* Whether it is one of getifaddrs' list. */
bool own_has(const struct ifaddrs *list, const struct proof_item *item);

/* Whether a packet to it would leave. */
bool own_route_exists(const struct proof_item *item);

#endif
