#include "publish/records.h"
#include "base/error.h"
#include "publish/rank.h"
#include "publish/records_layout.h"
#include "publish/records_order.h"
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
    struct records *fresh = calloc(1, sizeof *fresh);

    if (fresh == NULL)
        return -ENOMEM;
    fresh->arena = malloc(ARENA_FIRST);
    fresh->table = calloc(SLOTS_FIRST, sizeof *fresh->table);
    if (fresh->arena == NULL || fresh->table == NULL) {
        records_free(fresh);
        return -ENOMEM;
    }
    fresh->used = UNIT;
    fresh->size = ARENA_FIRST;
    fresh->slots = SLOTS_FIRST;
    randombytes_buf(fresh->seed, sizeof fresh->seed);
    *records = fresh;
    return 0;
}

void records_free(struct records *records)
{
    if (records == NULL)
        return;
    free(records->arena);
    free(records->table);
    free(records);
}

/* The slot that holds the name, or the empty one where it belongs. */
static uint32_t *find_slot(const struct records *records, uint32_t *table, size_t slots,
                           const char *name, size_t len)
{
    uint64_t hash;
    size_t i;

    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)name, len, records->seed);
    for (i = (size_t)hash & (slots - 1); table[i] != 0; i = (i + 1) & (slots - 1)) {
        const struct item *item = item_at(records, table[i]);

        if (item->len == len && memcmp(item->name, name, len) == 0)
            break;
    }
    return &table[i];
}

static int grow_table(struct records *records)
{
    size_t slots = records->slots * 2;
    uint32_t *table = calloc(slots, sizeof *table);

    if (table == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < records->slots; i++) {
        if (records->table[i] != 0) {
            const struct item *item = item_at(records, records->table[i]);

            *find_slot(records, table, slots, item->name, item->len) = records->table[i];
        }
    }
    free(records->table);
    records->table = table;
    records->slots = slots;
    return 0;
}

/* Returns 0 and the name's item, which may be new and without an address. */
static int find_item(struct records *records, const char *name, size_t len, uint32_t *offset)
{
    uint32_t *slot = find_slot(records, records->table, records->slots, name, len);
    struct item *item;
    int r;

    *offset = *slot;
    if (*slot != 0)
        return 0;
    if (records->count >= records->slots / 4 * 3) {
        r = grow_table(records);
        if (r < 0)
            return r;
        slot = find_slot(records, records->table, records->slots, name, len);
    }
    r = records_allocate(records, offsetof(struct item, name) + len, offset);
    if (r < 0)
        return r;
    item = item_at(records, *offset);
    *item = (struct item){.len = (uint8_t)len};
    memcpy(item->name, name, len);
    *slot = *offset;
    records->count++;
    return 0;
}

int records_add(struct records *records, const char *name, size_t len, const unsigned char *address,
                size_t octets)
{
    struct node like = {.octets = (uint8_t)octets};
    uint32_t offset, last = 0;
    unsigned count = 0;
    int r = find_item(records, name, len, &offset);

    if (r < 0)
        return r;
    if (records->ranked)
        return rank_add(records, offset, &like, address);
    for (uint32_t at = item_at(records, offset)->addresses; at != 0;
         at = node_at(records, at)->next) {
        const struct node *node = node_at(records, at);

        if (node->octets == octets && memcmp(node->address, address, octets) == 0)
            return 0;
        last = at;
        count++;
    }
    return count == ADDRESSES_MAX ? E_ADDRESS_COUNT
                                  : records_append(records, offset, last, &like, address);
}

void records_rank(struct records *records)
{
    records->ranked = true;
}

int records_name(struct records *records, const char *name, size_t len)
{
    size_t before = records->count;
    uint32_t offset;
    int r = find_item(records, name, len, &offset);

    return r < 0 ? r : records->count > before;
}

uint32_t records_find(const struct records *records, const char *name, size_t len)
{
    return *find_slot(records, records->table, records->slots, name, len);
}

uint32_t records_after(const struct records *records, uint32_t id)
{
    size_t next = id == 0
                      ? UNIT
                      : (size_t)id * UNIT + offsetof(struct item, name) + item_at(records, id)->len;
    size_t end = records->names_end > 0 ? records->names_end : records->used;

    next = (next + UNIT - 1) / UNIT;
    return next * UNIT < end ? (uint32_t)next : 0;
}

const char *records_name_of(const struct records *records, uint32_t id, size_t *len)
{
    *len = item_at(records, id)->len;
    return item_at(records, id)->name;
}

uint8_t records_mark(const struct records *records, uint32_t id)
{
    return item_at(records, id)->mark;
}

void records_set_mark(struct records *records, uint32_t id, uint8_t mark)
{
    item_at(records, id)->mark = mark;
}

uint16_t records_port(const struct records *records, uint32_t id)
{
    return item_at(records, id)->port;
}

void records_set_port(struct records *records, uint32_t id, uint16_t port)
{
    item_at(records, id)->port = port;
}

enum admission records_admission(const struct records *records, uint32_t id)
{
    return (enum admission)item_at(records, id)->admission;
}

void records_admit(struct records *records, uint32_t id, enum admission admission)
{
    struct item *item = item_at(records, id);

    if (admission > item->admission)
        item->admission = (uint8_t)admission;
}

int records_hold(struct records *records, uint32_t id, const unsigned char *address, size_t octets,
                 unsigned last, unsigned first)
{
    struct node like = {.octets = (uint8_t)octets,
                        .last = (uint8_t)(last < UINT8_MAX ? last : UINT8_MAX),
                        .first = (uint8_t)(first < UINT8_MAX ? first : UINT8_MAX)};

    return rank_add(records, id, &like, address);
}

int records_alias(struct records *records, uint32_t id, const char *cname, size_t len)
{
    uint32_t offset = item_at(records, id)->cname;
    struct cname *alias = (struct cname *)node_at(records, offset);
    int r;

    if (offset == 0 && len == 0)
        return 0;
    if (offset == 0 || alias->room < len) {
        /* The second has room for any: a resolver may give longer ones again and again. */
        size_t room = offset == 0 ? len : NAME_MAX_OCTETS;

        records_end_names(records);
        r = records_allocate(records, sizeof *alias + room, &offset);
        if (r < 0)
            return r;
        item_at(records, id)->cname = offset;
        alias = (struct cname *)node_at(records, offset);
        alias->room = (uint8_t)room;
    }
    alias->len = (uint8_t)len;
    if (len > 0)
        memcpy(alias->name, cname, len);
    return 0;
}

const char *records_alias_of(const struct records *records, uint32_t id, size_t *len)
{
    uint32_t offset = item_at(records, id)->cname;
    const struct cname *alias = (const struct cname *)node_at(records, offset);

    *len = offset != 0 ? alias->len : 0;
    return *len > 0 ? alias->name : NULL;
}

bool records_has_address(const struct records *records, uint32_t id)
{
    return item_at(records, id)->addresses != 0;
}

size_t records_count(const struct records *records)
{
    return records->count;
}

uint64_t records_addresses(const struct records *records, size_t octets)
{
    return records->addresses[octets == 16];
}

/* Leaves the names alone in the table, those with an address first. Returns how many it has. */
static size_t pack_table(struct records *records)
{
    size_t total = 0, n = 0;
    uint32_t *table = records->table;

    for (size_t i = 0; i < records->slots; i++)
        if (table[i] != 0)
            table[total++] = table[i];
    for (size_t i = 0; i < total; i++) {
        uint32_t id = table[i];

        if (item_at(records, id)->addresses == 0)
            continue;
        if (records->ranked)
            rank_sort(records, id);
        table[i] = table[n];
        table[n++] = id;
    }
    records->slots = total;
    records->count = n;
    records->bare = total - n;
    return total;
}

int records_sort(struct records *records)
{
    size_t total = pack_table(records), n = records->count;
    uint32_t *table = reallocarray(records->table, total + 1, sizeof *table);
    int r;

    if (table == NULL)
        return -ENOMEM;
    records->table = table;
    r = records_order(records, table, n);
    return r == 0 ? records_order(records, table + n, total - n) : r;
}

bool records_is_bare(const struct records *records, const char *name, size_t len)
{
    size_t low = records->count, high = low + records->bare;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct item *item = item_at(records, records->table[middle]);
        int order = name_compare(name, len, item->name, item->len);

        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

int records_next(const struct records *records, struct records_walk *walk, struct record *record)
{
    const struct item *item;
    const struct node *node;
    size_t alias;

    if (walk->next == records->count)
        return 0;
    item = item_at(records, records->table[walk->next++]);
    *record = (struct record){
        .name = item->name, .name_len = item->len, .ipv4 = walk->ipv4, .ipv6 = walk->ipv6};
    record->cname = records_alias_of(records, records->table[walk->next - 1], &alias);
    record->cname_len = (unsigned)alias;
    for (uint32_t at = item->addresses; at != 0; at = node->next) {
        unsigned *count;

        node = node_at(records, at);
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
