/* Servers that send more than a handshake needs, and do not stop. */
#ifndef GITDNS_PROOF_ENDLESS_H
#define GITDNS_PROOF_ENDLESS_H

#include <stdbool.h>

/* A cutoff_judge. */
bool endless_is(void *unused, int socket);

#endif
