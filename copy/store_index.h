/* A store's index: the hash tables of its CDB; and whether it leads to each of its records.
 *
 *   store_index_check_open -> store_index_check_add for each record -> store_index_check_end
 *   store_index_check_close in the end
 *
 * What is to be looked up is sorted by table first, and each table's done at a time: so a check of
 * any store takes some 20 MiB, and as long for a name of many as for one of few. Looked up in the
 * order of the walk, each name of a large store comes to pages that no cache has, and all of the
 * index stays in memory.
 */
#ifndef GITDNS_COPY_STORE_INDEX_H
#define GITDNS_COPY_STORE_INDEX_H

#include "copy/store_read.h"
#include <cdb.h>

#define STORE_INDEX_TABLES 256

/* Of as many slots, and of records whose keys have the same hash, one is the key's or none. Another
 * user, who owns the store, may have filled gigabytes with slots, which nobody is to go through. */
#define FIND_SLOTS_MAX (128u << 10)
#define FIND_RECORDS_MAX 256

/* A hash table's slot: hash and position of the record, 0 if it is free; NULL: damaged. */
static inline const unsigned char *slot_at(const struct cdb *cdb, unsigned table, unsigned slot)
{
    const unsigned char *head = cdb_get(cdb, 8, table * 8);

    return cdb_get(cdb, 8, cdb_unpack(head) + slot * 8);
}

static inline unsigned count_slots(const struct cdb *cdb, unsigned table)
{
    return cdb_unpack((const unsigned char *)cdb_get(cdb, 8, table * 8) + 4);
}

struct store_index_check;

/* `names`: about how many there will be. Returns 0 and *check, or -ENOMEM. The store stays the
 * caller's, and mapped. */
int store_index_check_open(struct store_index_check **check, const struct store *store,
                           uint64_t names);

/* A record that the walk found, whose value lies at `at` (struct record_copy): a look-up of its
 * name must end there. Returns 0 or E_STORE_DAMAGED, of this record or an earlier one. */
int store_index_check_add(struct store_index_check *check, const struct record *record, size_t at);

/* Returns 0 or E_STORE_DAMAGED, of those that have been added last. */
int store_index_check_end(struct store_index_check *check);

/* Frees; NULL is fine. */
void store_index_check_close(struct store_index_check *check);

#endif
