#include "publish/siblings.h"
#include "publish/name_findings.h"
#include "publish/proven.h"
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Members of a group that are looked at for one name. */
#define LOOKS 64
#define GROUPS 2

/* A proven pair in a group of siblings. */
struct member {
    uint64_t group;
    size_t pair;
};

struct members {
    struct member *member;
    size_t count;
};

/* The highest name above the name that is there, too; or itself. */
static uint64_t domain_of(const struct records *records, uint32_t id)
{
    size_t len;
    const char *name = records_name_of(records, id, &len), *end = name + len, *dot;
    uint32_t domain = id, above;

    while ((dot = memchr(name, '.', (size_t)(end - name))) != NULL &&
           memchr(dot + 1, '.', (size_t)(end - dot - 1)) != NULL) {
        name = dot + 1;
        above = records_find(records, name, (size_t)(end - name));
        domain = above != 0 ? above : domain;
    }
    return domain;
}

/* By its hash: should two meet, some tries are in vain. */
static uint64_t canonical_of(const struct records *records, uint32_t id)
{
    static const unsigned char key[crypto_shorthash_KEYBYTES];
    size_t len;
    const char *name = records_alias_of(records, id, &len);
    uint64_t hash;

    if (name == NULL)
        name = records_name_of(records, id, &len);
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)name, len, key);
    return hash | UINT64_C(1) << 63;
}

static void groups_of(const struct records *records, uint32_t id, uint64_t group[GROUPS])
{
    group[0] = domain_of(records, id);
    group[1] = canonical_of(records, id);
}

static int compare(const void *a, const void *b)
{
    const struct member *left = a, *right = b;

    if (left->group != right->group)
        return left->group < right->group ? -1 : 1;
    return left->pair < right->pair ? -1 : left->pair > right->pair;
}

static int find_members(const struct records *records, const struct pairs *pairs,
                        struct members *members)
{
    uint64_t group[GROUPS] = {0};
    uint32_t id = 0;

    members->member = calloc(pairs->count > 0 ? pairs->count : 1, GROUPS * sizeof *members->member);
    if (members->member == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < pairs->count; i++) {
        if (!proven_is(&pairs->pair[i]))
            continue;
        if (pairs->pair[i].id != id)
            groups_of(records, id = pairs->pair[i].id, group);
        for (unsigned k = 0; k < GROUPS; k++)
            members->member[members->count++] = (struct member){group[k], i};
    }
    qsort(members->member, members->count, sizeof *members->member, compare);
    return 0;
}

/* The first member of the group, or of the one after it. */
static size_t find_group(const struct members *members, uint64_t group)
{
    size_t low = 0, high = members->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (members->member[middle].group < group)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has(const struct pair *pairs, size_t count, const struct pair *pair)
{
    for (size_t i = 0; i < count; i++)
        if (pairs[i].octets == pair->octets &&
            memcmp(pairs[i].address, pair->address, pair->octets) == 0)
            return true;
    return false;
}

/* One name that has too few. */
struct poor {
    const struct records *records;
    const struct pairs *pairs;
    size_t first, count; /* of its pairs */
    size_t fresh;        /* of the new ones, its first */
};

static bool may_try(const struct poor *poor, const struct pairs *fresh, const struct pair *pair)
{
    uint8_t findings = records_mark(poor->records, poor->pairs->pair[poor->first].id);
    size_t picked = fresh->count - poor->fresh;

    return findings_may_hold(findings, pair->octets == 4 ? A : AAAA) &&
           !has(&poor->pairs->pair[poor->first], poor->count, pair) &&
           (picked == 0 || !has(&fresh->pair[poor->fresh], picked, pair));
}

static int pick(const struct poor *poor, const struct members *members, uint64_t group,
                unsigned tries, struct pairs *fresh)
{
    size_t first = find_group(members, group), n = find_group(members, group + 1) - first, start;
    int r = 0;

    start = n > 0 ? randombytes_uniform((uint32_t)(n < UINT32_MAX ? n : UINT32_MAX)) : 0;
    for (size_t i = 0; r == 0 && i < n && i < LOOKS && fresh->count - poor->fresh < tries; i++) {
        struct pair pair = poor->pairs->pair[members->member[first + (start + i) % n].pair];

        if (!may_try(poor, fresh, &pair))
            continue;
        pair = (struct pair){.id = poor->pairs->pair[poor->first].id,
                             .octets = pair.octets,
                             .proven = HOURS_NEVER,
                             .tried = HOURS_NEVER,
                             .verdict = PROOF_UNTRIED};
        memcpy(pair.address,
               poor->pairs->pair[members->member[first + (start + i) % n].pair].address,
               pair.octets);
        r = pairs_add(fresh, &pair);
    }
    return r;
}

/* A name that a network has for itself is not told to who serves others. */
static bool may_tell(const struct records *records, uint32_t id)
{
    return records_admission(records, id) != ADMIT_PRIVATE;
}

int siblings_add(const struct records *records, struct pairs *pairs, unsigned tries)
{
    struct members members = {.count = 0};
    struct pairs fresh = {.count = 0};
    int r = find_members(records, pairs, &members);

    for (size_t i = 0, n; r == 0 && i < pairs->count; i += n) {
        struct poor poor = {records, pairs, i, n = pairs_of_name(pairs, i), fresh.count};
        uint64_t group[GROUPS];

        if (proven_count(&pairs->pair[i], n) >= PROVEN_ENOUGH ||
            !may_tell(records, pairs->pair[i].id))
            continue;
        groups_of(records, pairs->pair[i].id, group);
        for (unsigned k = 0; r == 0 && k < GROUPS; k++)
            r = pick(&poor, &members, group[k], tries, &fresh);
    }
    for (size_t i = 0; r == 0 && i < fresh.count; i++)
        r = pairs_add(pairs, &fresh.pair[i]);
    if (r == 0)
        pairs_sort(pairs);
    pairs_free(&fresh);
    free(members.member);
    return r;
}

bool sibling_is_new(const struct pair *pair)
{
    return !pair->given && !pair->held && pair->tried == HOURS_NEVER;
}
