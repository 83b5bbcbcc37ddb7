#include "copy/store_index.h"
#include "base/error.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* How many look-ups in one table are done together: with 60 million names it has some 1,000 pages,
 * and each is wanted several times. */
#define TOGETHER 8192
/* A multiple of every page size, and of what the kernel maps around a page that is wanted. */
#define GIVEN_BACK (1u << 20)

struct wanted {
    uint32_t hash;
    unsigned position; /* of the record */
};

struct store_index_check {
    const struct store *store;
    unsigned room; /* of each table */
    unsigned count[STORE_INDEX_TABLES];
    struct wanted wanted[];
};

int store_index_check_open(struct store_index_check **check, const struct store *store,
                           uint64_t names)
{
    unsigned room = names < TOGETHER ? (unsigned)names + 1 : TOGETHER;
    struct store_index_check *fresh =
        malloc(sizeof *fresh + (size_t)room * STORE_INDEX_TABLES * sizeof *fresh->wanted);

    if (fresh == NULL)
        return -ENOMEM;
    *fresh = (struct store_index_check){.store = store, .room = room};
    *check = fresh;
    return 0;
}

void store_index_check_close(struct store_index_check *check)
{
    free(check);
}

/* Pages that have been read count as this process's memory until they are given back. */
static void give_back(const struct cdb *cdb, size_t from, size_t octets)
{
    size_t start = from / GIVEN_BACK * GIVEN_BACK;
    size_t end = (from + octets + GIVEN_BACK - 1) / GIVEN_BACK * GIVEN_BACK;

    if (end > cdb->cdb_fsize)
        end = cdb->cdb_fsize;
    if (end > start)
        madvise((char *)cdb->cdb_mem + start, end - start, MADV_DONTNEED);
}

/* True, too, if one of them is no record. */
static bool is_same_key(const struct cdb *cdb, unsigned a, unsigned b)
{
    const unsigned char *a_head = cdb_get(cdb, 8, a), *b_head = cdb_get(cdb, 8, b);
    unsigned len = a_head != NULL ? cdb_unpack(a_head) : 0;
    const void *a_key = cdb_get(cdb, len, a + 8), *b_key = cdb_get(cdb, len, b + 8);
    bool same;

    if (a_head == NULL || b_head == NULL)
        return true;
    if (len != cdb_unpack(b_head))
        return false;
    same = a_key == NULL || b_key == NULL || memcmp(a_key, b_key, len) == 0;
    give_back(cdb, a, len);
    give_back(cdb, b, len);
    return same;
}

/* Goes the way of store_find. */
static int check_one(const struct cdb *cdb, unsigned table, unsigned slots,
                     const struct wanted *wanted)
{
    unsigned records = 0;

    for (unsigned i = 0; i < slots && i < FIND_SLOTS_MAX; i++) {
        const unsigned char *slot = slot_at(cdb, table, (wanted->hash / 256 + i) % slots);
        unsigned position = slot != NULL ? cdb_unpack(slot + 4) : 0;

        if (position == 0)
            return E_STORE_DAMAGED;
        if (cdb_unpack(slot) != wanted->hash)
            continue;
        if (position == wanted->position)
            return 0;
        if (++records == FIND_RECORDS_MAX || is_same_key(cdb, position, wanted->position))
            return E_STORE_DAMAGED;
    }
    return E_STORE_DAMAGED;
}

static int check_table(struct store_index_check *check, unsigned table)
{
    const struct cdb *cdb = &check->store->cdb;
    unsigned slots = count_slots(cdb, table);
    int r = 0;

    if (check->count[table] == 0)
        return 0;
    for (unsigned i = 0; r == 0 && i < check->count[table]; i++)
        r = check_one(cdb, table, slots, &check->wanted[table * check->room + i]);
    give_back(cdb, cdb_unpack(cdb_get(cdb, 4, table * 8)), (size_t)slots * 8);
    check->count[table] = 0;
    return r;
}

int store_index_check_add(struct store_index_check *check, const struct record *record, size_t at)
{
    uint32_t hash = cdb_hash(record->name, record->name_len);
    unsigned table = hash % STORE_INDEX_TABLES;

    check->wanted[table * check->room + check->count[table]++] =
        (struct wanted){hash, (unsigned)at - record->name_len - 8};
    return check->count[table] == check->room ? check_table(check, table) : 0;
}

int store_index_check_end(struct store_index_check *check)
{
    int r = 0;

    for (unsigned table = 0; r == 0 && table < STORE_INDEX_TABLES; table++)
        r = check_table(check, table);
    return r;
}
