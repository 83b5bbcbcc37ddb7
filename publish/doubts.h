/* What the verdicts of a run say of pairs that it has not tried, and of this machine. */
#ifndef GITDNS_PUBLISH_DOUBTS_H
#define GITDNS_PUBLISH_DOUBTS_H

#include "publish/pairs.h"

/* Pairs by which a machine that is cut off is told from a few servers that are. */
#define DOUBTS_CONTROLS 4

enum { DOUBTS_IPV4, DOUBTS_IPV6, DOUBTS_FAMILIES };

static inline unsigned pair_family(const struct pair *pair)
{
    return pair->octets == 16 ? DOUBTS_IPV6 : DOUBTS_IPV4;
}

/* Of the pairs of a family that were proven before: those that were tried, and that failed. */
struct doubts_counts {
    uint64_t tried, failed;
};

/* Where pairs of the family were tried and none was proven: takes some that are, whenever, at
 * random. Writes the numbers of at most DOUBTS_CONTROLS to `due`; returns how many. */
size_t doubts_controls(const struct pairs *pairs, unsigned family, size_t *due);

/* Whether nothing is to be held against the family's addresses: although some were proven before,
 * none is now, or of many most are not. */
bool doubts_lost(const struct pairs *pairs, unsigned family, struct doubts_counts *counts);

/* The pairs that are proven and were not tried, at addresses that failed for another name for which
 * they were proven: there may be nobody any more. Writes their numbers to `due`, which has room for
 * all; returns 0 and *count, or -ENOMEM. Not of families that are lost. */
int doubts_suspects(const struct pairs *pairs, const bool lost[DOUBTS_FAMILIES], size_t *due,
                    size_t *count);

#endif
