/* The addresses of many names, by asking resolvers: some names at a time, in several samples
 * (samples.h), with a journal.
 *
 * In each sample every name is asked for once, and once more where the answer was a failure, up to
 * eight times where the resolvers were overrun (pace.h); glibc repeats a question that gets no
 * answer before that. So each question ends, and a run has no more than names x samples x 8 of each
 * family. What is found does not depend on the order in which answers come.
 */
#ifndef GITDNS_PUBLISH_RESOLVE_H
#define GITDNS_PUBLISH_RESOLVE_H

#include "dns/resolvers.h"
#include "publish/options.h"
#include "publish/problem.h"
#include "publish/records.h"
#include "publish/skips.h"
#include "publish/state_folder.h"
#include <stdint.h>

/* Names, by what became of them. */
struct resolve_counts {
    uint64_t asked;
    uint64_t found, nxdomain, nodata, failed;
    uint64_t questions;      /* of this process */
    uint64_t continued;      /* as in struct progress */
    struct resolvers silent; /* of resolv.conf: left out, as they do not answer */
};

/* Resolves all names of the ranked records. `base`: the serial that the run builds on. Addresses
 * that may not be published are counted in `skips`. Returns 0, E_RESOLVER, E_STOPPED, -ENOMEM,
 * E_RECORDS_FULL or -errno; after E_STOPPED, and a death at any time, the next run goes on. */
int resolve(const struct resolve_options *options, const struct state_folder *folder, uint32_t base,
            struct records *records, struct skips *skips, struct resolve_counts *counts,
            struct problem *problem);

#endif
