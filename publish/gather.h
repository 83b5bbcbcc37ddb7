/* What is to be published: a hosts file's records, or what resolvers say of a list of names; with
 * what is held of earlier serials.
 *
 * A name that is not in the file or list any more goes at once. Of a name that is there, addresses
 * stay for so many serials as `hold` says after they were last seen, unless DNS says that there are
 * none (name_findings.h). Proof may say otherwise, and puts addresses in another order (proven.h).
 */
#ifndef GITDNS_PUBLISH_GATHER_H
#define GITDNS_PUBLISH_GATHER_H

#include "publish/publish.h"
#include "publish/state_folder.h"

/* Fills the new `records`, sorts them, and fills in outcome->skips, ->counts, ->seen and ->prove.
 * `base`: the serial that the run builds on; `serial`: the one that it may publish. `folder` is
 * opened if anything is kept there. Returns 0, or as names_read, hosts_read, resolve, seen_load and
 * prove_addresses. */
int gather(const struct publish_options *options, uint32_t base, uint32_t serial,
           struct state_folder *folder, struct records *records, struct publish_outcome *outcome,
           struct problem *problem);

/* For a serial that is published once more: adds the names of private lists, without addresses, for
 * what is admitted of them. `folder` is opened if anything is kept there. Returns 0 or as
 * names_read. */
int gather_private(const struct publish_options *options, struct state_folder *folder,
                   struct records *records, struct publish_outcome *outcome,
                   struct problem *problem);

#endif
