#include "publish/doubts.h"
#include "publish/proven.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Below so many a share says nothing. */
#define MANY 16

static bool was_tried(const struct pair *pair)
{
    return pair->verdict != PROOF_UNTRIED && pair->verdict != PROOF_NO_ROUTE;
}

static bool has_failed(const struct pair *pair)
{
    return proven_is(pair) && was_tried(pair) && pair->verdict != PROOF_PROVEN;
}

static uint64_t count_tried(const struct pairs *pairs, unsigned family, uint64_t *proven)
{
    uint64_t tried = 0;

    *proven = 0;
    for (size_t i = 0; i < pairs->count; i++) {
        const struct pair *pair = &pairs->pair[i];

        if (pair_family(pair) != family || !was_tried(pair))
            continue;
        tried++;
        *proven += pair->verdict == PROOF_PROVEN;
    }
    return tried;
}

size_t doubts_controls(const struct pairs *pairs, unsigned family, size_t *due)
{
    size_t all = pairs->count, count = 0, start;
    uint64_t proven;

    if (count_tried(pairs, family, &proven) == 0 || proven > 0)
        return 0;
    start = randombytes_uniform((uint32_t)all);
    for (size_t i = 0; i < all && count < DOUBTS_CONTROLS; i++) {
        const struct pair *pair = &pairs->pair[(start + i) % all];

        if (pair_family(pair) == family && proven_is(pair) && !was_tried(pair))
            due[count++] = (start + i) % all;
    }
    return count;
}

static bool had_proven(const struct pairs *pairs, unsigned family)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (pair_family(&pairs->pair[i]) == family && proven_is(&pairs->pair[i]))
            return true;
    return false;
}

bool doubts_lost(const struct pairs *pairs, unsigned family, struct doubts_counts *counts)
{
    uint64_t proven, tried = count_tried(pairs, family, &proven);

    *counts = (struct doubts_counts){0};
    for (size_t i = 0; i < pairs->count; i++) {
        const struct pair *pair = &pairs->pair[i];

        if (pair_family(pair) != family)
            continue;
        counts->tried += proven_is(pair) && was_tried(pair);
        counts->failed += has_failed(pair);
    }
    return (tried > 0 && proven == 0 && had_proven(pairs, family)) ||
           (counts->tried >= MANY && counts->failed > counts->tried / 2);
}

static int compare(const void *a, const void *b)
{
    const struct pair *left = a, *right = b;

    if (left->octets != right->octets)
        return left->octets < right->octets ? -1 : 1;
    return memcmp(left->address, right->address, left->octets);
}

int doubts_suspects(const struct pairs *pairs, const bool lost[DOUBTS_FAMILIES], size_t *due,
                    size_t *count)
{
    struct pairs failed = {.count = 0};
    int r = 0;

    *count = 0;
    for (size_t i = 0; i < pairs->count && r == 0; i++) {
        const struct pair *pair = &pairs->pair[i];

        /* A reset may be meant for us: then the address is left alone. */
        if (has_failed(pair) && pair->verdict != PROOF_RESET && !lost[pair_family(pair)])
            r = pairs_add(&failed, pair);
    }
    if (failed.count > 0)
        qsort(failed.pair, failed.count, sizeof *failed.pair, compare);
    for (size_t i = 0; i < pairs->count && r == 0 && failed.count > 0; i++) {
        const struct pair *pair = &pairs->pair[i];

        if (proven_is(pair) && !was_tried(pair) &&
            bsearch(pair, failed.pair, failed.count, sizeof *failed.pair, compare) != NULL)
            due[(*count)++] = i;
    }
    pairs_free(&failed);
    return r;
}
