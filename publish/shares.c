#include "publish/shares.h"
#include <string.h>

static struct share *find(struct shares *shares, const unsigned char *address, unsigned octets)
{
    for (size_t i = 0; i < shares->count; i++) {
        struct share *share = &shares->share[i];

        /* In two halves of fixed size: a call of memcmp for each was a tenth of a run. */
        if (share->octets == octets && memcmp(share->address, address, 4) == 0 &&
            (octets == 4 || memcmp(share->address + 4, address + 4, 12) == 0))
            return share;
    }
    return NULL;
}

/* One down for all; those at nothing make room. */
static void decrement(struct shares *shares)
{
    size_t kept = 0;

    for (size_t i = 0; i < shares->count; i++)
        if (--shares->share[i].now > 0)
            shares->share[kept++] = shares->share[i];
    shares->count = kept;
}

enum pass { SIFT, COUNT_NOW, COUNT_BEFORE };

static void take(struct shares *shares, const unsigned char *address, unsigned octets,
                 enum pass pass)
{
    struct share *share = find(shares, address, octets);

    if (share != NULL && pass == COUNT_BEFORE)
        share->before++;
    else if (share != NULL)
        share->now++;
    else if (pass == SIFT && shares->count == shares->most)
        decrement(shares);
    else if (pass == SIFT) {
        share = &shares->share[shares->count++];
        *share = (struct share){.octets = octets, .now = 1};
        memcpy(share->address, address, octets);
    }
}

static void take_record(struct shares *shares, const struct record *record, enum pass pass)
{
    for (size_t i = 0; i < record->n4; i++)
        take(shares, record->ipv4 + 4 * i, 4, pass);
    for (size_t i = 0; i < record->n6; i++)
        take(shares, record->ipv6 + 16 * i, 16, pass);
}

static void take_all(struct shares *shares, const struct records *records, enum pass pass)
{
    struct records_walk walk = {.next = 0};
    struct record record;

    while (records_next(records, &walk, &record) > 0)
        take_record(shares, &record, pass);
}

void shares_find(struct shares *shares, const struct records *records, unsigned percent)
{
    uint64_t total = records_addresses(records, 4) + records_addresses(records, 16);
    uint64_t names = records_count(records);

    shares->count = 0;
    if (names == 0)
        return;
    /* So that total / (k + 1) is below that percentage of the names. */
    shares->most = (size_t)(total * 100 / (names * percent));
    take_all(shares, records, SIFT);
    for (size_t i = 0; i < shares->count; i++)
        shares->share[i].now = 0;
    take_all(shares, records, COUNT_NOW);
}

void shares_count_before(struct shares *shares, const struct record *record)
{
    take_record(shares, record, COUNT_BEFORE);
}
