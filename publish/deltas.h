/* The deltas from earlier serials to a draft. */
#ifndef GITDNS_PUBLISH_DELTAS_H
#define GITDNS_PUBLISH_DELTAS_H

#include "publish/draft.h"
#include "publish/serial_chain.h"

/* Writes a delta from each serial of the chain to the draft, whose snapshot the manifest
 * describes already, and lists them in the manifest, newest base first. One that is larger than
 * half the snapshot is of no use and goes again. Returns 0, E_STOPPED, -ENOMEM, -errno, or what is
 * wrong with an earlier snapshot: as compare_snapshot. */
int deltas_write(struct draft *draft, const struct serial_chain *chain,
                 const struct records *records, struct manifest *manifest, struct problem *problem);

#endif
