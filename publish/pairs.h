/* Names at addresses, and what is known of each pair's proof: a table in memory, 32 octets a pair.
 */
#ifndef GITDNS_PUBLISH_PAIRS_H
#define GITDNS_PUBLISH_PAIRS_H

#include "registry/address.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Times are hours ago, up to HOURS_MAX, which stands for more. */
#define HOURS_NEVER UINT16_MAX
#define HOURS_MAX 50000

struct pair {
    uint32_t id;     /* the name's, in records */
    uint16_t proven; /* last; HOURS_NEVER */
    uint16_t tried;  /* last, or as if then (proven.h); HOURS_NEVER */
    uint16_t known;  /* by DNS, by --hold or as a sibling's: last */
    uint8_t fails;   /* in a row, up to FAILS_MAX */
    uint8_t octets;
    bool given;      /* DNS gives it now */
    bool held;       /* by --hold (seen.h) */
    uint8_t verdict; /* enum proof_verdict, of this run */
    uint8_t place;   /* enum place, once it is decided */
    unsigned char address[ADDRESS_MAX_OCTETS];
};

#define FAILS_MAX 9

struct pairs {
    struct pair *pair;
    size_t count, room;
};

/* Adds a copy. Returns 0 or -ENOMEM. */
int pairs_add(struct pairs *pairs, const struct pair *pair);

/* Puts the pairs of each name side by side; what was added of one pair twice becomes one, of which
 * all that was known of either is known. */
void pairs_sort(struct pairs *pairs);

/* The pairs of the name that `from` begins with, once sorted: how many. */
size_t pairs_of_name(const struct pairs *pairs, size_t from);

/* The first pair of the name, or where it would be. */
size_t pairs_find(const struct pairs *pairs, uint32_t id);

void pairs_free(struct pairs *pairs);

#endif
