/* What the parts of gates (gates.h) share. */
#ifndef GITDNS_GATES_PART_H
#define GITDNS_GATES_PART_H

#include "gates.h"

static inline void gates_count_suspect(struct gates *gates, const struct gate *gate, int more)
{
    gates->suspects += (unsigned)more;
    if (gate->reported)
        gates->reported += (unsigned)more;
}

/* Suspects what begins at `at` in the name. Returns NULL if it is suspected or out already, or
 * there is no room. */
struct gate *gates_begin(struct gates *gates, const char *name, size_t len, size_t at, int64_t now);

/* DNS has answered for what has this hash. */
void gates_remember_good(struct gates *gates, uint64_t hash, int64_t now);

#endif
