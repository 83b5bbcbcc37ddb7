/* The addresses of many names, by asking resolvers: some names at a time, in several samples, with
 * a journal.
 *
 * In each sample every name is asked for once, and once more, after a pause, where the answer was a
 * failure; c-ares repeats a question that gets no answer before that. So each question ends, and a
 * run has no more than names x samples x 2 of each family. What is found does not depend on the
 * order in which answers come.
 */
#ifndef GITDNS_PUBLISH_RESOLVE_H
#define GITDNS_PUBLISH_RESOLVE_H

#include "publish/problem.h"
#include "publish/records.h"
#include "publish/resolvers.h"
#include "publish/skips.h"
#include "publish/state_folder.h"
#include <stdbool.h>
#include <stdint.h>

#define PARALLEL_DEFAULT 200
#define PARALLEL_MAX 10000
#define RATE_MAX 1000000
#define SAMPLES_MAX 100

/* How far a run has come. */
struct progress {
    unsigned sample, samples; /* from 1 */
    bool again;               /* those that failed, once more */
    uint64_t names, done;     /* in this pass */
    uint64_t failed;          /* of this sample, up to now */
    uint64_t continued;       /* answers that an interrupted run left */
    unsigned rate;            /* names a second */
    int64_t left;             /* seconds of this pass; -1: not known */
    int64_t waiting;          /* seconds until the next sample; 0: at work */
};

typedef void resolve_progress(void *context, const struct progress *progress);

struct resolve_options {
    struct resolvers resolvers; /* none: resolv.conf's */
    unsigned rate;              /* questions a second; 0: as fast as answers come */
    unsigned parallel;          /* names under way */
    unsigned samples;
    int64_t every; /* seconds from the beginning of a sample to that of the next */
    bool private;
    resolve_progress *progress; /* called several times a second; may be NULL */
    void *context;
};

/* Names, by what became of them. */
struct resolve_counts {
    uint64_t asked;
    uint64_t found, nxdomain, nodata, failed;
    uint64_t questions; /* of this process */
    uint64_t continued; /* as in struct progress */
};

/* Resolves all names of the ranked records. `base`: the serial that the run builds on. Addresses
 * that may not be published are counted in `skips`. Returns 0, E_RESOLVER, E_STOPPED, -ENOMEM,
 * E_RECORDS_FULL or -errno; after E_STOPPED, and a death at any time, the next run goes on. */
int resolve(const struct resolve_options *options, const struct state_folder *folder, uint32_t base,
            struct records *records, struct skips *skips, struct resolve_counts *counts,
            struct problem *problem);

#endif
