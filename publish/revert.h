/* An earlier serial's records, to be published once more: clients only ever go forward. */
#ifndef GITDNS_PUBLISH_REVERT_H
#define GITDNS_PUBLISH_REVERT_H

#include "publish/records.h"
#include "publish/serial_chain.h"

/* Adds what the serial's snapshot holds to the new `records` and sorts them. Returns 0,
 * E_REVERT_SERIAL if the tree does not keep that snapshot, or what is wrong with it: without
 * `private` also that it holds what no public registry may. */
int revert_read(const struct tree *tree, const struct serial_chain *chain, uint32_t serial,
                bool private, struct records *records, struct problem *problem);

#endif
