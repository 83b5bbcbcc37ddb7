/* The serials below the last one: the chain of parents, and what of it is still kept. */
#ifndef GITDNS_PUBLISH_HISTORY_H
#define GITDNS_PUBLISH_HISTORY_H

#include "publish/tree.h"

/* Serials whose snapshots are kept; manifests and signatures are for ever. */
#define HISTORY_SNAPSHOTS 8

/* Follows the parents down from the last serial: each manifest must be the one that its child names
 * by SHA-256, each signature by a key that we know must be good, each kept snapshot must be what
 * its manifest says. No last serial, no chain; it ends where a manifest is missing: somebody may
 * have tidied up. Returns 0 and the lowest serial that keeps its snapshot once another one has been
 * published (0: all), or what is wrong: as page_read, page_verify and page_snapshot, or
 * E_HASH_WRONG. */
int history_check(const struct tree *tree, const struct keys *keys, uint32_t *keep_from,
                  struct problem *problem);

/* Removes the snapshots of serials below `keep_from`. Returns 0 or -errno. */
int history_prune(const struct tree *tree, uint32_t keep_from, struct problem *problem);

#endif
