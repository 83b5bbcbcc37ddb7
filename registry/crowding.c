#include "registry/crowding.h"
#include "base/error.h"
#include <errno.h>
#include <stdlib.h>

/* cdb(5): the table is the hash modulo 256, the slot the rest modulo the table's length, which
 * tinycdb makes twice its number of records. */
#define TABLES CROWDING_TABLES

int crowding_add(struct crowding *crowding, uint32_t hash)
{
    struct crowding_table *table = &crowding->table[hash % TABLES];

    if (table->count == table->room) {
        size_t room = table->room > 0 ? table->room * 2 : 16;
        uint32_t *more = reallocarray(table->hash, room, sizeof *more);

        if (more == NULL)
            return -ENOMEM;
        table->hash = more;
        table->room = room;
    }
    table->hash[table->count++] = hash;
    crowding->count++;
    return 0;
}

void crowding_free(struct crowding *crowding)
{
    for (unsigned t = 0; t < TABLES; t++)
        free(crowding->table[t].hash);
    *crowding = (struct crowding){0};
}

/* `wanted`: how many records each slot is the first choice of. A table is a ring, and so what
 * passes its end is there at its start: the second lap knows. */
static uint64_t passed_in_table(const uint16_t *wanted, size_t slots)
{
    uint64_t passing = 0, passed = 0;

    for (unsigned lap = 0; lap < 2; lap++) {
        passed = 0;
        for (size_t i = 0; i < slots; i++) {
            passing += wanted[i];
            passing -= passing > 0;
            passed += passing;
        }
    }
    return passed;
}

/* Adds to *passed. */
static int pass(const struct crowding_table *table, uint64_t *passed)
{
    size_t slots = 2 * table->count;
    uint16_t *wanted = calloc(slots + 1, sizeof *wanted);
    int r = 0;

    if (wanted == NULL)
        return -ENOMEM;
    for (size_t i = 0; r == 0 && i < table->count; i++)
        if (++wanted[table->hash[i] / TABLES % slots] == UINT16_MAX)
            r = E_STORE_CROWDED;
    if (r == 0)
        *passed += passed_in_table(wanted, slots);
    free(wanted);
    return r;
}

int crowding_check(const struct crowding *crowding)
{
    uint64_t passed = 0, max = CROWDING_FREE + (uint64_t)CROWDING_MAX * crowding->count;
    int r = 0;

    for (unsigned t = 0; r == 0 && t < TABLES; t++)
        r = pass(&crowding->table[t], &passed);
    return r == 0 && passed > max ? E_STORE_CROWDED : r;
}
