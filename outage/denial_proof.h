/* Proves that one of the addresses that the copy has of a name still serves it. */
#ifndef GITDNS_OUTAGE_DENIAL_PROOF_H
#define GITDNS_OUTAGE_DENIAL_PROOF_H

#include "registry/record.h"
#include <stdatomic.h>
#include <stdbool.h>

/* Side by side; all of a record's others are not tried. */
#define DENIAL_PROOF_ADDRESSES 16
/* For one handshake, and for all: a program that asks is answered within ten seconds. */
#define DENIAL_PROOF_HANDSHAKE_MS 3000
#define DENIAL_PROOF_MS 6000

/* Waits for so long at most, or until *ends. `name` is the record's, NUL-terminated. */
bool denial_proof_holds(const char *name, const struct record *record, const atomic_bool *ends);

#endif
