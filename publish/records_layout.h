/* How `records` lie in memory; for records.c, records_order.c, records_place.c and
 * rank.c alone.
 *
 * Offsets into the arena count units, so that 32 bits reach 16 GiB; 0 is nothing.
 */
#ifndef GITDNS_PUBLISH_RECORDS_LAYOUT_H
#define GITDNS_PUBLISH_RECORDS_LAYOUT_H

#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNIT 4
#define UNITS_MAX UINT32_MAX

/* An address and, as a list, the ones that come after it. */
struct node {
    uint32_t next;
    uint8_t octets;
    uint8_t last;  /* serials since it was last seen */
    uint8_t first; /* serials since it came in */
    uint8_t place; /* of records_place.h; 0 unless it was given one */
    unsigned char address[];
};

struct item {
    uint32_t addresses;
    uint32_t cname; /* struct cname */
    uint16_t port;  /* 0: not known */
    uint8_t len;
    uint8_t mark; /* the caller's: records_state */
    uint8_t admission;
    char name[];
};

struct cname {
    uint8_t len; /* 0: none any more */
    uint8_t room;
    char name[];
};

struct records {
    unsigned char *arena;
    size_t used, size; /* octets */
    size_t names_end;  /* where the names that were added before anything else end; 0: not yet */
    uint32_t *table;   /* items: at most 3/4 full; once sorted, the first `count`, then `bare` */
    size_t slots;      /* a power of two */
    size_t count;
    size_t bare; /* without an address */
    bool ranked;
    uint64_t addresses[2]; /* IPv4, IPv6 */
    unsigned char seed[crypto_shorthash_KEYBYTES];
};

static inline struct item *item_at(const struct records *records, uint32_t offset)
{
    return (struct item *)(records->arena + (size_t)offset * UNIT);
}

static inline struct node *node_at(const struct records *records, uint32_t offset)
{
    return (struct node *)(records->arena + (size_t)offset * UNIT);
}

/* Names that are added from now on are not in the walk by order of addition. */
static inline void records_end_names(struct records *records)
{
    if (records->names_end == 0)
        records->names_end = records->used;
}

/* Returns 0 and the offset of `octets` new octets, E_RECORDS_FULL or -ENOMEM. What pointed into
 * the arena points nowhere then. */
int records_allocate(struct records *records, size_t octets, uint32_t *offset);

/* Adds a new node after `last` (0: as the item's first). Returns 0, E_RECORDS_FULL or -ENOMEM. */
int records_append(struct records *records, uint32_t item, uint32_t last, const struct node *like,
                   const unsigned char *address);

#endif
