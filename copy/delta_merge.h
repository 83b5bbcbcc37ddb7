/* The lines of a delta, applied to the records of the store that it starts from. */
#ifndef GITDNS_COPY_DELTA_MERGE_H
#define GITDNS_COPY_DELTA_MERGE_H

#include "copy/store_read.h"
#include "registry/record.h"
#include <stdbool.h>

/* Applies the lines of a delta, one call each, to the records of a base. Start with the base, where
 * the records of the result go, and all else zero. */
struct delta_merge {
    const struct store *base;
    /* Takes a record in order; returns 0 or a negative code that ends the merge. */
    int (*put)(void *user, const struct record *record);
    void *user;
    unsigned position;
    bool begun, ended;  /* the walk through the base */
    struct record next; /* the base's first record that has not been passed on */
    struct record_copy copy;
};

/* Takes the delta's next record (delta_parse's). Returns 0, E_DELTA_MISSING if it takes out a name
 * that the base does not hold, E_STORE_DAMAGED, or put's code. */
int delta_merge_line(struct delta_merge *merge, const struct record *record);

/* Passes on what is left of the base. Returns as delta_merge_line. */
int delta_merge_end(struct delta_merge *merge);

#endif
