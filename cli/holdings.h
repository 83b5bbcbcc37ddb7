/* What each store of a machine holds of a name, and which of them answers it. */
#ifndef GITDNS_CLI_HOLDINGS_H
#define GITDNS_CLI_HOLDINGS_H

#include "cli/json.h"
#include "cli/open_store.h"
#include "registry/text.h"
#include <stdbool.h>

enum holding_verdict {
    HOLDING_NONE, /* it does not have the name */
    HOLDING_ANSWERS,
    HOLDING_LATER,    /* one before it answers */
    HOLDING_EXPIRED,  /* it counts as absent */
    HOLDING_NEVER,    /* [answer] never */
    HOLDING_NOT_ONLY, /* [answer] only names others */
    HOLDING_DOMAIN,   /* the name lies in a domain of another registry */
};

struct holding {
    enum holding_verdict verdict;
    char record[TEXT_LINE_MAX]; /* its line, with a NUL instead of LF */
};

struct holdings {
    unsigned count; /* of stores that have the name */
    int winner;     /* its place; -1: none answers */
    int owner;      /* whose domain it lies in, if that keeps another from answering; else -1 */
    int error;      /* a store is damaged there: a code of base/error.h; else 0 */
    struct holding holding[STORES_MAX];
};

/* Looks a name in normal form up in all stores, at `now`, Unix time. */
void holdings_find(const struct open_stores *open, const char *name, size_t len, int64_t now,
                   struct holdings *holdings);

/* For programs: `answers`, `later`, `expired`, `never`, `only`, `domain`. */
const char *holdings_word(enum holding_verdict verdict);

/* One store and no rule: whatever it holds answers, unless it is too old. */
bool holdings_are_simple(const struct open_stores *open);

/* A line for each store that has the name, the one that answers marked with `*`, and behind the
 * others why they do not. `label`: in front of the first; NULL: no column for it. */
void holdings_print(const struct open_stores *open, const struct holdings *holdings,
                    const char *label);

/* The member `copies`, an array. */
void holdings_print_json(struct json *json, const struct open_stores *open,
                         const struct holdings *holdings);

#endif
