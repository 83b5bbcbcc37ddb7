/* The publisher: what a run is asked for, what it did.
 *
 *   main, report, progress    options; what a person reads
 *   publish          the order of things in one run
 *   input, lines     a file that people wrote: plain or gzip, lines, words
 *   hosts, names     hosts(5) -> records; a list of names -> records without addresses
 *   gather, seen     all that is to be published: what was read or asked for, and what is held
 *   resolve, sweep, dns, resolvers, journal    the addresses of a list's names, by asking
 *   state            the folder beside the tree: what gather and journal keep
 *   revert           an earlier serial's records, to be published once more
 *   skips            what of the input could not be published
 *   records, rank    all names and their addresses, in bounded memory, sorted
 *   compare          an earlier serial's snapshot against the new records
 *   shares, guards   which addresses are heavy; what may not be published
 *   tree, page       the published folder: its lock, HEAD, the last serial
 *   history          the serials below it: are they whole, what of them is kept
 *   draft, payload, deltas    the new serial's folder, which nobody sees until HEAD names it
 *   signers          the keys, and the minisign program
 *   problem, stop    why a run failed; SIGINT and SIGTERM
 *
 * A run leaves a tree with one more serial, or the tree as it was. HEAD moves last, by rename.
 * Before a run builds on what is there it checks it: the last manifest's signature by a key of our
 * own, its snapshot, and the chain of manifests down to the first. A run that is killed leaves a
 * numbered folder that HEAD does not name. The next one takes a higher number, and builds on what
 * was left if it is whole.
 *
 * Functions that can fail return 0 or a negative code (-errno, base/error.h, problem.h) with
 * the sentence in struct problem. Nothing but main and report prints.
 */
#ifndef GITDNS_PUBLISH_PUBLISH_H
#define GITDNS_PUBLISH_PUBLISH_H

#include "publish/compare.h"
#include "publish/problem.h"
#include "publish/resolve.h"
#include "publish/signers.h"
#include "publish/skips.h"
#include "registry/manifest.h"
#include <stdbool.h>
#include <stdint.h>

struct publish_options {
    const char *to;
    const char *name;
    const char *hosts; /* this, a list of names, or a serial to publish once more */
    const char *names;
    uint32_t revert;                /* 0: none */
    bool www;                       /* `www.NAME` too */
    struct resolve_options resolve; /* how the names are asked for */
    unsigned hold;                  /* serials that addresses stay after they were last seen */
    struct signer_options signers;
    int64_t valid; /* seconds */
    bool private;
    bool force;
};

struct publish_outcome {
    bool unchanged;           /* nothing was published: `manifest` is the one that stands */
    bool moved;               /* HEAD names the new serial */
    struct manifest manifest; /* of HEAD's serial after the run */
    uint64_t ipv4, ipv6;      /* addresses */
    uint32_t before;          /* the serial that it was compared with; 0: none */
    bool adopted;             /* HEAD does not name it, but it is whole */
    struct difference difference;
    int64_t renew; /* unchanged: when an unchanged text gets a new serial */
    struct skips skips;
    struct resolve_counts counts; /* with a list of names */
    uint64_t held;                /* names that have held addresses alone */
    uint32_t rest;                /* the highest folder that a run left unfinished; 0: none */
    struct problem forced;        /* the guard that --force passed over, or empty */
    struct problem left;          /* what could not be tidied up, or empty */
};

/* Publishes. Returns 0 (published, or unchanged) or a negative code and *problem; then the tree is
 * as it was, unless `report->moved`: HEAD is not known to be on disk. `report->skips` is filled in
 * as far as the run came either way. */
int publish(const struct publish_options *options, struct publish_outcome *outcome,
            struct problem *problem);

#endif
