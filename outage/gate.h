/* A gate: what may be out, and what is known of it. */
#ifndef GITDNS_OUTAGE_GATE_H
#define GITDNS_OUTAGE_GATE_H

#include "outage/probe_failure.h"
#include "registry/registry.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum gate_state { GATE_FREE, GATE_SUSPECT, GATE_OUT };

struct gate {
    enum gate_state state;
    bool asking;   /* a question is under way */
    int64_t asked; /* since then */
    bool reported; /* a suspect, by a process: of user `uid` */
    uid_t uid;
    bool probe;        /* a suspect of our own, that nobody has asked for */
    bool unasked;      /* a probe has brought it about, and nobody has asked for it since */
    bool told;         /* that it is out */
    uint8_t len;       /* of the name; 0: the root */
    uint8_t at;        /* where in it begins what the gate is of */
    unsigned failures; /* in a row, of a suspect */
    uint64_t hash;
    int64_t next;                       /* when it is asked about */
    int64_t wait;                       /* between questions, once it is out */
    int64_t since;                      /* Unix time from which it is out */
    int64_t began;                      /* the same by the clock that nobody sets */
    enum probe_failure why;             /* the last one */
    char name[1 + NAME_MAX_OCTETS + 1]; /* that brought it about, if `at` is not 0 */
};

/* What a gate is of: a name; a domain, with a dot in front; the root: nothing. */
static inline const char *gate_subject(const struct gate *gate)
{
    return gate->name + gate->at;
}

static inline size_t gate_subject_len(const struct gate *gate)
{
    return (size_t)(gate->len - gate->at);
}

static inline bool gate_is_root(const struct gate *gate)
{
    return gate->len == 0;
}

/* Of a domain or the root: a companion is to be asked about, too. */
static inline bool gate_is_wide(const struct gate *gate)
{
    return gate_is_root(gate) || *gate_subject(gate) == '.';
}

/* Where in the gate's name the domain above begins, with its dot; 0: there is none. */
size_t gate_parent(const struct gate *gate);

/* The domain's own name lies in it, too. */
bool gate_lies_in(const struct gate *gate, const struct gate *domain);

#endif
