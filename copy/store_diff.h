/* Two stores side by side. */
#ifndef GITDNS_CLI_PAIR_H
#define GITDNS_CLI_PAIR_H

#include "registry/store_read.h"
#include <stdint.h>

struct pair_counts {
    uint64_t added;
    uint64_t removed;
    uint64_t changed;
};

/* Walks both in the order of the registry text and calls `visit` for each name that is not the same
 * in both, with its record there, or NULL if there is none. Costs little memory however large they
 * are. Returns 0, E_STORE_DAMAGED, or the negative code with which `visit` ended the walk. */
int pair_walk(const struct store *old, const struct store *new,
              int (*visit)(void *user, const struct record *before, const struct record *after),
              void *user);

/* Counts the names that differ. Returns as pair_walk. */
int pair_count(const struct store *old, const struct store *new, struct pair_counts *counts);

#endif
