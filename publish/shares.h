/* Which addresses stand under a large share of the names, in fixed memory.
 *
 * Misra and Gries, "Finding repeated elements" (1982): a first pass with k counters keeps every
 * address that stands more than total/(k+1) times, a second one counts those that were kept.
 */
#ifndef GITDNS_PUBLISH_SHARES_H
#define GITDNS_PUBLISH_SHARES_H

#include "publish/records.h"
#include "registry/address.h"
#include <stddef.h>
#include <stdint.h>

/* Enough for 64 addresses a name, and shares above a tenth. */
#define SHARES_MAX (ADDRESSES_MAX * 10)

struct share {
    unsigned char address[ADDRESS_MAX_OCTETS];
    unsigned octets;
    uint64_t now;    /* names at this address */
    uint64_t before; /* what shares_count_before counted */
};

struct shares {
    size_t count;
    size_t most; /* k */
    struct share share[SHARES_MAX];
};

/* Finds all addresses at which more than `percent` (10 or more) of the names stand, and perhaps
 * some others; each with its true count. */
void shares_find(struct shares *shares, const struct records *records, unsigned percent);

/* Counts the found addresses in another record. */
void shares_count_before(struct shares *shares, const struct record *record);

#endif
