/* An earlier serial's records, to be published once more: clients only ever go forward. */
#ifndef GITDNS_PUBLISH_REVERT_H
#define GITDNS_PUBLISH_REVERT_H

#include "publish/records.h"
#include "publish/serial_chain.h"

/* Adds what the serial's snapshot holds to `records` and sorts them; they may have names already,
 * without addresses, for what is admitted of them, and all others are as `usual`. Returns 0,
 * E_REVERT_SERIAL if the tree does not keep that snapshot, or what is wrong with it, also that it
 * holds what is not admitted. */
int revert_read(const struct tree *tree, const struct serial_chain *chain, uint32_t serial,
                enum admission usual, struct records *records, struct problem *problem);

#endif
