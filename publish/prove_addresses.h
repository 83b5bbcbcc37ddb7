/* Proof of a run's addresses: which of them stay published, and in which order (proven.h).
 *
 * Those that are due are tried, and where one fails, all that were proven at that address; then
 * names that have few proven ones, at their siblings'. Where nothing of what was proven before can
 * be, or most of it cannot, this machine is cut off, or many are: nothing is held against the
 * addresses of that family.
 */
#ifndef GITDNS_PUBLISH_PROVE_ADDRESSES_H
#define GITDNS_PUBLISH_PROVE_ADDRESSES_H

#include "publish/doubts.h"
#include "publish/options.h"
#include "publish/problem.h"
#include "publish/records.h"
#include "publish/state_folder.h"
#include <stdint.h>

/* Names and addresses, by what became of them. */
struct prove_counts {
    uint64_t proven, open, without; /* names; open: an address answers, but without proof */
    uint64_t unproven;              /* names that are left out, since they are to be proven */
    uint64_t handshakes;
    uint64_t stay;   /* addresses that proof alone holds */
    uint64_t denied; /* names that DNS denies, and proof alone holds */
    struct doubts_counts before[DOUBTS_FAMILIES];
    bool lost[DOUBTS_FAMILIES]; /* nothing is held against the family's addresses */
    struct problem impossible;  /* why nothing could be tried, or empty */
};

/* Whether the options ask for proof of anything. */
bool prove_is_wanted(const struct prove_options *options);

/* Tries what is due of the ranked records, which hold what this run has seen and what is held, puts
 * their addresses in their places, and takes out and adds what proof says. Returns 0, E_INPUT,
 * E_STATE_DAMAGED, E_STOPPED, -ENOMEM, E_RECORDS_FULL, E_FILE_OTHERS or -errno; what was found is
 * remembered either way. */
int prove_addresses(const struct prove_options *options, const struct state_folder *folder,
                    struct records *records, struct prove_counts *counts, struct problem *problem);

#endif
