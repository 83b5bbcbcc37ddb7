#include "publish/pairs.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM ((size_t)1 << 12)

int pairs_add(struct pairs *pairs, const struct pair *pair)
{
    if (pairs->count == pairs->room) {
        size_t room = pairs->room > 0 ? pairs->room + pairs->room / 2 : FIRST_ROOM;
        struct pair *more = reallocarray(pairs->pair, room, sizeof *more);

        if (more == NULL)
            return -ENOMEM;
        pairs->pair = more;
        pairs->room = room;
    }
    pairs->pair[pairs->count++] = *pair;
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct pair *left = a, *right = b;

    if (left->id != right->id)
        return left->id < right->id ? -1 : 1;
    if (left->octets != right->octets)
        return left->octets < right->octets ? -1 : 1;
    return memcmp(left->address, right->address, left->octets);
}

static uint16_t sooner(uint16_t a, uint16_t b)
{
    return a < b ? a : b;
}

static void merge(struct pair *into, const struct pair *pair)
{
    into->proven = sooner(into->proven, pair->proven);
    into->tried = sooner(into->tried, pair->tried);
    into->known = sooner(into->known, pair->known);
    into->fails = into->fails > pair->fails ? into->fails : pair->fails;
    into->given = into->given || pair->given;
    into->held = into->held || pair->held;
}

void pairs_sort(struct pairs *pairs)
{
    size_t kept = 0;

    if (pairs->count > 0)
        qsort(pairs->pair, pairs->count, sizeof *pairs->pair, compare);
    for (size_t i = 0; i < pairs->count; i++) {
        if (kept > 0 && compare(&pairs->pair[kept - 1], &pairs->pair[i]) == 0)
            merge(&pairs->pair[kept - 1], &pairs->pair[i]);
        else
            pairs->pair[kept++] = pairs->pair[i];
    }
    pairs->count = kept;
}

size_t pairs_of_name(const struct pairs *pairs, size_t from)
{
    size_t end = from;

    while (end < pairs->count && pairs->pair[end].id == pairs->pair[from].id)
        end++;
    return end - from;
}

size_t pairs_find(const struct pairs *pairs, uint32_t id)
{
    size_t low = 0, high = pairs->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (pairs->pair[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void pairs_free(struct pairs *pairs)
{
    free(pairs->pair);
    *pairs = (struct pairs){0};
}
