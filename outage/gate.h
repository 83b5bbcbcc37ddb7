/* What the parts of gates (gates.h) share. */
#ifndef GITDNS_OUTAGE_GATE_H
#define GITDNS_OUTAGE_GATE_H

#include "outage/gates.h"

static inline void gates_count_suspect(struct gates *gates, const struct gate *gate, int more)
{
    gates->suspects += (unsigned)more;
    if (gate->reported)
        gates->reported += (unsigned)more;
}

static inline bool gate_is_root(const struct gate *gate)
{
    return gate->len == 0;
}

static inline size_t gate_subject_len(const struct gate *gate)
{
    return (size_t)(gate->len - gate->at);
}

/* Where in the gate's name the domain above begins, with its dot; 0: there is none. */
size_t gate_parent(const struct gate *gate);

/* The domain's own name lies in it, too. */
bool gate_lies_in(const struct gate *gate, const struct gate *domain);

/* To the log. */
__attribute__((format(printf, 2, 3))) void gates_say(struct gates *gates, const char *format, ...);

/* It is settled how far an outage goes. */
void gates_tell_out(struct gates *gates, struct gate *gate);

/* A domain answers: those just below it are out by themselves. */
void gates_tell_children(struct gates *gates, const struct gate *domain);

void gates_tell_answered(struct gates *gates, const struct gate *gate, int64_t now);

/* Suspects what begins at `at` in the name. Returns NULL if it is suspected or out already, or
 * there is no room. */
struct gate *gates_begin(struct gates *gates, const char *name, size_t len, size_t at, int64_t now);

/* DNS has answered for what has this hash. */
void gates_remember_good(struct gates *gates, uint64_t hash, int64_t now);

#endif
