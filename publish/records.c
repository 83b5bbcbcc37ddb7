#include "publish/records.h"
#include "base/error.h"
#include "publish/problem.h"
#include "publish/records_layout.h"
#include "registry/name.h"
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* From this size on realloc remaps instead of copying, so growing never needs twice the memory. */
#define ARENA_FIRST ((size_t)1 << 20)
#define SLOTS_FIRST ((size_t)1 << 14)

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

int records_allocate(struct records *r, size_t octets, uint32_t *offset)
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
    e = records_allocate(r, offsetof(struct item, name) + len, offset);
    if (e < 0)
        return e;
    item = item_at(r, *offset);
    *item = (struct item){.len = (uint8_t)len};
    memcpy(item->name, name, len);
    *slot = *offset;
    r->count++;
    return 0;
}

/* Names that are added from now on are not in the walk by order of addition. */
static void end_names(struct records *r)
{
    if (r->names_end == 0)
        r->names_end = r->used;
}

int records_append(struct records *r, uint32_t item, uint32_t last, const struct node *like,
                   const unsigned char *address)
{
    struct node *node;
    uint32_t fresh;
    int e;

    end_names(r);
    e = records_allocate(r, sizeof *node + like->octets, &fresh);
    if (e < 0)
        return e;
    node = node_at(r, fresh);
    *node = (struct node){.octets = like->octets, .last = like->last, .first = like->first};
    memcpy(node->address, address, like->octets);
    if (last != 0)
        node_at(r, last)->next = fresh;
    else
        item_at(r, item)->addresses = fresh;
    r->addresses[like->octets == 16]++;
    return 0;
}

int records_add(struct records *r, const char *name, size_t len, const unsigned char *address,
                size_t octets)
{
    struct node like = {.octets = (uint8_t)octets};
    uint32_t offset, last = 0;
    unsigned count = 0;
    int e = find_item(r, name, len, &offset);

    if (e < 0)
        return e;
    if (r->ranked)
        return rank_add(r, offset, &like, address);
    for (uint32_t at = item_at(r, offset)->addresses; at != 0; at = node_at(r, at)->next) {
        const struct node *node = node_at(r, at);

        if (node->octets == octets && memcmp(node->address, address, octets) == 0)
            return 0;
        last = at;
        count++;
    }
    return count == ADDRESSES_MAX ? E_ADDRESS_COUNT
                                  : records_append(r, offset, last, &like, address);
}

void records_rank(struct records *r)
{
    r->ranked = true;
}

int records_name(struct records *r, const char *name, size_t len)
{
    size_t before = r->count;
    uint32_t offset;
    int e = find_item(r, name, len, &offset);

    return e < 0 ? e : r->count > before;
}

uint32_t records_find(const struct records *r, const char *name, size_t len)
{
    return *find_slot(r, r->table, r->slots, name, len);
}

uint32_t records_after(const struct records *r, uint32_t id)
{
    size_t next =
        id == 0 ? UNIT : (size_t)id * UNIT + offsetof(struct item, name) + item_at(r, id)->len;
    size_t end = r->names_end > 0 ? r->names_end : r->used;

    next = (next + UNIT - 1) / UNIT;
    return next * UNIT < end ? (uint32_t)next : 0;
}

const char *records_name_of(const struct records *r, uint32_t id, size_t *len)
{
    *len = item_at(r, id)->len;
    return item_at(r, id)->name;
}

uint8_t records_mark(const struct records *r, uint32_t id)
{
    return item_at(r, id)->mark;
}

void records_set_mark(struct records *r, uint32_t id, uint8_t mark)
{
    item_at(r, id)->mark = mark;
}

int records_hold(struct records *r, uint32_t id, const unsigned char *address, size_t octets,
                 unsigned last, unsigned first)
{
    struct node like = {.octets = (uint8_t)octets,
                        .last = (uint8_t)(last < UINT8_MAX ? last : UINT8_MAX),
                        .first = (uint8_t)(first < UINT8_MAX ? first : UINT8_MAX)};

    return rank_add(r, id, &like, address);
}

int records_alias(struct records *r, uint32_t id, const char *cname, size_t len)
{
    uint32_t offset = item_at(r, id)->cname;
    struct cname *alias = (struct cname *)node_at(r, offset);
    int e;

    if (len == 0) {
        item_at(r, id)->cname = 0;
        return 0;
    }
    if (offset == 0 || alias->len < len) {
        end_names(r);
        e = records_allocate(r, sizeof *alias + len, &offset);
        if (e < 0)
            return e;
        item_at(r, id)->cname = offset;
        alias = (struct cname *)node_at(r, offset);
    }
    alias->len = (uint8_t)len;
    memcpy(alias->name, cname, len);
    return 0;
}

bool records_has_address(const struct records *r, uint32_t id)
{
    return item_at(r, id)->addresses != 0;
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

    for (size_t i = 0; i < r->slots; i++) {
        if (r->table[i] == 0 || item_at(r, r->table[i])->addresses == 0)
            continue;
        if (r->ranked)
            rank_sort(r, r->table[i]);
        r->table[n++] = r->table[i];
    }
    r->count = n;
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
    if (item->cname != 0) {
        const struct cname *alias = (const struct cname *)node_at(r, item->cname);

        record->cname = alias->name;
        record->cname_len = alias->len;
    }
    for (uint32_t at = item->addresses; at != 0; at = node->next) {
        unsigned *count;

        node = node_at(r, at);
        count = node->octets == 4 ? &record->n4 : &record->n6;
        walk->age[node->octets == 16][*count] = (struct records_age){node->last, node->first};
        if (node->octets == 4)
            memcpy(walk->ipv4 + 4UL * *count, node->address, 4);
        else
            memcpy(walk->ipv6 + 16UL * *count, node->address, 16);
        ++*count;
    }
    return 1;
}
