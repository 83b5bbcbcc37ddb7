#include "publish/records.h"
#include "publish/problem.h"
#include "registry/error.h"
#include "registry/name.h"
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Offsets into the arena count units, so that 32 bits reach 16 GiB; 0 is nothing. */
#define UNIT 4
#define UNITS_MAX UINT32_MAX
/* From this size on realloc remaps instead of copying, so growing never needs twice the memory. */
#define ARENA_FIRST ((size_t)1 << 20)
#define SLOTS_FIRST ((size_t)1 << 14)

/* An address and, as a list, the ones added after it. */
struct node {
    uint32_t next;
    uint8_t octets;
    unsigned char address[];
};

struct item {
    uint32_t addresses;
    uint8_t len;
    char name[];
};

struct records {
    unsigned char *arena;
    size_t used, size; /* octets */
    uint32_t *table;   /* items: at most 3/4 full; once sorted, the first `count` */
    size_t slots;      /* a power of two */
    size_t count;
    uint64_t addresses[2]; /* IPv4, IPv6 */
    unsigned char seed[crypto_shorthash_KEYBYTES];
};

int records_new(struct records **records)
{
    struct records *r = calloc(1, sizeof *r);

    if (r == NULL)
        return -ENOMEM;
    r->arena = malloc(ARENA_FIRST);
    r->table = calloc(SLOTS_FIRST, sizeof *r->table);
    if (r->arena == NULL || r->table == NULL) {
        records_free(r);
        return -ENOMEM;
    }
    r->used = UNIT;
    r->size = ARENA_FIRST;
    r->slots = SLOTS_FIRST;
    randombytes_buf(r->seed, sizeof r->seed);
    *records = r;
    return 0;
}

void records_free(struct records *r)
{
    if (r == NULL)
        return;
    free(r->arena);
    free(r->table);
    free(r);
}

static struct item *item_at(const struct records *r, uint32_t offset)
{
    return (struct item *)(r->arena + (size_t)offset * UNIT);
}

static struct node *node_at(const struct records *r, uint32_t offset)
{
    return (struct node *)(r->arena + (size_t)offset * UNIT);
}

/* Returns 0 and the offset of `octets` new octets, E_RECORDS_FULL or -ENOMEM. What pointed into
 * the arena points nowhere then. */
static int allocate(struct records *r, size_t octets, uint32_t *offset)
{
    size_t need = (octets + UNIT - 1) / UNIT * UNIT;

    if (r->used / UNIT + need / UNIT > UNITS_MAX)
        return E_RECORDS_FULL;
    if (need > r->size - r->used) {
        size_t size = r->size + r->size / 2;
        unsigned char *arena = realloc(r->arena, size);

        if (arena == NULL)
            return -ENOMEM;
        r->arena = arena;
        r->size = size;
    }
    *offset = (uint32_t)(r->used / UNIT);
    r->used += need;
    return 0;
}

/* The slot that holds the name, or the empty one where it belongs. */
static uint32_t *find_slot(const struct records *r, uint32_t *table, size_t slots, const char *name,
                           size_t len)
{
    uint64_t hash;
    size_t i;

    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)name, len, r->seed);
    for (i = hash & (slots - 1); table[i] != 0; i = (i + 1) & (slots - 1)) {
        const struct item *item = item_at(r, table[i]);

        if (item->len == len && memcmp(item->name, name, len) == 0)
            break;
    }
    return &table[i];
}

static int grow_table(struct records *r)
{
    size_t slots = r->slots * 2;
    uint32_t *table = calloc(slots, sizeof *table);

    if (table == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < r->slots; i++) {
        if (r->table[i] != 0) {
            const struct item *item = item_at(r, r->table[i]);

            *find_slot(r, table, slots, item->name, item->len) = r->table[i];
        }
    }
    free(r->table);
    r->table = table;
    r->slots = slots;
    return 0;
}

/* Returns 0 and the name's item, which may be new and without an address. */
static int find_item(struct records *r, const char *name, size_t len, uint32_t *offset)
{
    uint32_t *slot = find_slot(r, r->table, r->slots, name, len);
    struct item *item;
    int e = 0;

    *offset = *slot;
    if (*slot != 0)
        return 0;
    if (r->count >= r->slots / 4 * 3) {
        e = grow_table(r);
        if (e < 0)
            return e;
        slot = find_slot(r, r->table, r->slots, name, len);
    }
    e = allocate(r, sizeof *item + len, offset);
    if (e < 0)
        return e;
    item = item_at(r, *offset);
    item->addresses = 0;
    item->len = (uint8_t)len;
    memcpy(item->name, name, len);
    *slot = *offset;
    r->count++;
    return 0;
}

int records_add(struct records *r, const char *name, size_t len, const unsigned char *address,
                size_t octets)
{
    uint32_t offset, at, last = 0, fresh;
    unsigned count = 0;
    struct node *node;
    int e = find_item(r, name, len, &offset);

    if (e < 0)
        return e;
    for (at = item_at(r, offset)->addresses; at != 0; at = node->next) {
        node = node_at(r, at);
        if (node->octets == octets && memcmp(node->address, address, octets) == 0)
            return 0;
        last = at;
        count++;
    }
    if (count == ADDRESSES_MAX)
        return E_ADDRESS_COUNT;
    e = allocate(r, sizeof *node + octets, &fresh);
    if (e < 0)
        return e;
    node = node_at(r, fresh);
    node->next = 0;
    node->octets = (uint8_t)octets;
    memcpy(node->address, address, octets);
    if (last != 0)
        node_at(r, last)->next = fresh;
    else
        item_at(r, offset)->addresses = fresh;
    r->addresses[octets == 16]++;
    return 0;
}

size_t records_count(const struct records *r)
{
    return r->count;
}

uint64_t records_addresses(const struct records *r, size_t octets)
{
    return r->addresses[octets == 16];
}

static int compare(const void *a, const void *b, void *records)
{
    const struct item *left = item_at(records, *(const uint32_t *)a);
    const struct item *right = item_at(records, *(const uint32_t *)b);

    return name_compare(left->name, left->len, right->name, right->len);
}

void records_sort(struct records *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->slots; i++)
        if (r->table[i] != 0)
            r->table[n++] = r->table[i];
    qsort_r(r->table, r->count, sizeof *r->table, compare, r);
}

int records_next(const struct records *r, struct records_walk *walk, struct record *record)
{
    const struct item *item;
    const struct node *node;

    if (walk->next == r->count)
        return 0;
    item = item_at(r, r->table[walk->next++]);
    *record = (struct record){
        .name = item->name, .name_len = item->len, .ipv4 = walk->ipv4, .ipv6 = walk->ipv6};
    for (uint32_t at = item->addresses; at != 0; at = node->next) {
        node = node_at(r, at);
        if (node->octets == 4)
            memcpy(walk->ipv4 + 4 * record->n4++, node->address, 4);
        else
            memcpy(walk->ipv6 + 16 * record->n6++, node->address, 16);
    }
    return 1;
}
