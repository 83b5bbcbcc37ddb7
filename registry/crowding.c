#include "registry/crowding.h"
#include "base/error.h"
#include <errno.h>
#include <stdlib.h>

/* cdb(5): the table is the hash modulo 256, the slot the rest modulo the table's length, which
 * tinycdb makes twice its number of records. */
#define TABLES 256

struct table {
    size_t start; /* of its slots among those of all tables */
    size_t slots;
};

int crowding_add(struct crowding *crowding, uint32_t hash)
{
    if (crowding->count == crowding->room) {
        size_t room = crowding->room > 0 ? crowding->room * 2 : 1024;
        uint32_t *more = reallocarray(crowding->hash, room, sizeof *more);

        if (more == NULL)
            return -ENOMEM;
        crowding->hash = more;
        crowding->room = room;
    }
    crowding->hash[crowding->count++] = hash;
    return 0;
}

void crowding_free(struct crowding *crowding)
{
    free(crowding->hash);
    *crowding = (struct crowding){0};
}

static void lay_out(const struct crowding *crowding, struct table table[TABLES])
{
    size_t start = 0;

    for (size_t i = 0; i < crowding->count; i++)
        table[crowding->hash[i] % TABLES].slots += 2;
    for (unsigned t = 0; t < TABLES; t++) {
        table[t].start = start;
        start += table[t].slots;
    }
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

int crowding_check(const struct crowding *crowding)
{
    struct table table[TABLES] = {0};
    uint64_t passed = 0, max = CROWDING_FREE + (uint64_t)CROWDING_MAX * crowding->count;
    uint16_t *wanted = calloc(2 * crowding->count + 1, sizeof *wanted);
    int r = 0;

    if (wanted == NULL)
        return -ENOMEM;
    lay_out(crowding, table);
    for (size_t i = 0; r == 0 && i < crowding->count; i++) {
        uint32_t hash = crowding->hash[i];
        const struct table *its = &table[hash % TABLES];

        if (++wanted[its->start + hash / TABLES % its->slots] == UINT16_MAX)
            r = E_STORE_CROWDED;
    }
    for (unsigned t = 0; r == 0 && t < TABLES; t++)
        passed += passed_in_table(wanted + table[t].start, table[t].slots);
    free(wanted);
    return r == 0 && passed > max ? E_STORE_CROWDED : r;
}
