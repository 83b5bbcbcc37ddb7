/* The serials below the last one: the chain of parents, and what of it is still kept. */
#ifndef GITDNS_PUBLISH_SERIAL_CHAIN_H
#define GITDNS_PUBLISH_SERIAL_CHAIN_H

#include "publish/tree.h"

/* Serials whose snapshots are kept, and from which there are deltas; manifests and signatures are
 * for ever. */
#define SERIAL_CHAIN_SNAPSHOTS 8

/* The serials whose snapshots are there, newest first: the last one and those below it. */
struct serial_chain {
    unsigned count;
    uint32_t serial[SERIAL_CHAIN_SNAPSHOTS];
};

/* Follows the parents down from the last serial: each manifest must be the one that its child names
 * by SHA-256, each signature by a key that we know must be good, each kept snapshot must be what
 * its manifest says. No last serial, no chain; it ends where a manifest is missing: somebody may
 * have tidied up. Returns 0 and *chain, or what is wrong: as published_read, published_verify and
 * published_snapshot, or E_HASH_WRONG. */
int serial_chain_check(const struct tree *tree, const struct keys *keys, struct serial_chain *chain,
                       struct problem *problem);

/* Once another serial has been published: removes the snapshots of all but the last
 * SERIAL_CHAIN_SNAPSHOTS serials, and the deltas of those below `chain`'s newest; that from the
 * serial before goes with the snapshot. Returns 0 or -errno. */
int serial_chain_prune(const struct tree *tree, const struct serial_chain *chain,
                       struct problem *problem);

#endif
