/* Whether names crowd together in a cdb's hash tables. Anybody can choose names that do: the hash
 * has no secret. Each is then found, and written, after all that came before it. */
#ifndef GITDNS_REGISTRY_CROWDING_H
#define GITDNS_REGISTRY_CROWDING_H

#include <stddef.h>
#include <stdint.h>

/* How many other names' slots are looked at on the way to one, on average. Names as people give
 * them come to 3 at most, and a few that crowd cost nobody anything. */
#define CROWDING_MAX 32
#define CROWDING_FREE (1 << 20)
#define CROWDING_TABLES 256

/* A hash table's names. */
struct crowding_table {
    uint32_t *hash;
    size_t count;
    size_t room;
};

/* 4 octets a name. Start with zero. */
struct crowding {
    size_t count;
    struct crowding_table table[CROWDING_TABLES];
};

/* Returns 0 or -ENOMEM. */
int crowding_add(struct crowding *crowding, uint32_t hash);

/* For tables as tinycdb's cdb_make_finish fills them. Returns 0, E_STORE_CROWDED or -ENOMEM. */
int crowding_check(const struct crowding *crowding);

void crowding_free(struct crowding *crowding);

#endif
