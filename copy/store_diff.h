/* Two stores side by side. */
#ifndef GITDNS_COPY_STORE_DIFF_H
#define GITDNS_COPY_STORE_DIFF_H

#include "copy/store_read.h"
#include <stdint.h>

struct store_diff_counts {
    uint64_t added;
    uint64_t removed;
    uint64_t changed;
};

/* Walks both in the order of the registry text and calls `visit` for each name that is not the same
 * in both, with its record there, or NULL if there is none. Costs little memory however large they
 * are. Returns 0, E_STORE_DAMAGED, or the negative code with which `visit` ended the walk. */
int store_diff_walk(const struct store *old, const struct store *new,
                    int (*visit)(void *user, const struct record *before,
                                 const struct record *after),
                    void *user);

/* Counts the names that differ. Returns as store_diff_walk. */
int store_diff_count(const struct store *old, const struct store *new,
                     struct store_diff_counts *counts);

#endif
