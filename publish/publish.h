/* The room of gitdns-publish: from names and addresses to a signed folder of static files.
 *
 *   publish_main, options, progress, summary    the program's words: what is asked, what a person
 *                    reads
 *   publish          the order of things in one run
 *   gather           all that is to be published: what was read or asked for, and what is held
 *   input, zip, lines    a file that people wrote: plain, gzip or ZIP; lines, words
 *   hosts, names     hosts(5) -> records; a list of names -> records without addresses
 *   list_entry, list_url    where in a list's line the name stands; lists that are fetched
 *   skips            what of the input could not be published
 *   resolve, samples, asking_pass    the addresses of a list's names, by asking: all that is asked
 *                    and kept; when; one pass over the names
 *   pace             how many names the resolvers stand at a time
 *   resolvers_check  whether those that are asked lie
 *   name_findings, journal    what is known of a name; answers on disk
 *   seen, seen_line    what was seen earlier
 *   state_folder, state_file    the folder beside the tree, and what its files have in common
 *   restore          the published folder, when it was lost, from a mirror
 *   revert           an earlier serial's records, to be published once more
 *   prove_addresses, prove_pass    proof of the addresses, and what comes of it; one pass over some
 *   proven, pairs    what proof says of a name's addresses; names at addresses
 *   siblings, doubts    names that are likely to be served by the same machines; what failures say
 *                    of others, and of this machine
 *   proven_file, proven_line    what was proven earlier
 *   records, records_layout, records_order, records_place, rank    all names and their addresses,
 * in bounded memory, sorted compare          an earlier serial's snapshot against the new records
 *   shares, guards   which addresses are heavy; what may not be published
 *   tree, published  the published folder: its lock, HEAD, the last serial; one serial in it
 *   serial_chain     the serials below the last: are they whole, what of them is kept
 *   owned            what nobody but the caller and root can change or exchange
 *   draft, payload, deltas    the new serial's folder, which nobody sees until HEAD names it
 *   page, page_parts the page for people beside HEAD; its files, which lie in publish/page
 *   signers          the keys, and the minisign program
 *   after            the command that is run once something new is published
 *   problem, stop    why a run failed; SIGINT and SIGTERM
 *
 * Nobody enters: the room is one program. It knows base, fetch, registry, dns and proof.
 *
 * A run leaves a tree with one more serial, or the tree as it was. HEAD moves last, by rename.
 * Before a run builds on what is there it checks it: the last manifest's signature by a key of our
 * own, its snapshot, and the chain of manifests down to the first. A run that is killed leaves a
 * numbered folder that HEAD does not name. The next one takes a higher number, and builds on what
 * was left if it is whole.
 *
 * Functions that can fail return 0 or a negative code (-errno, base/error.h, problem.h) with
 * the sentence in struct problem. Nothing but publish_main, progress and summary prints.
 */
#ifndef GITDNS_PUBLISH_PUBLISH_H
#define GITDNS_PUBLISH_PUBLISH_H

#include "publish/compare.h"
#include "publish/options.h"
#include "publish/problem.h"
#include "publish/prove_addresses.h"
#include "publish/resolve.h"
#include "publish/restore.h"
#include "publish/seen.h"
#include "publish/skips.h"
#include "registry/manifest.h"
#include <stdbool.h>
#include <stdint.h>

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
    struct seen_counts seen;
    struct prove_counts prove;
    struct restored restored; /* from a mirror */
    uint32_t rest;            /* the highest folder that a run left unfinished; 0: none */
    struct problem forced;    /* the guard that --force passed over, or empty */
    struct problem failed;    /* that of names that fail, if --force passed over it, or empty */
    struct problem clock;     /* the clock that it passed over, or empty */
    struct problem page;      /* why there is no page of ours, or not this one, or empty */
    struct problem left;      /* what could not be tidied up, or empty */
};

/* Publishes. Returns 0 (published, or unchanged) or a negative code and *problem; then the tree is
 * as it was, unless `outcome->moved`: HEAD is not known to be on disk. `outcome->skips` is filled
 * in as far as the run came either way. */
int publish(const struct publish_options *options, struct publish_outcome *outcome,
            struct problem *problem);

#endif
