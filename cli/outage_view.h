/* What the daemon knows of an outage of DNS, as its board says. */
#ifndef GITDNS_CLI_OUTAGE_VIEW_H
#define GITDNS_CLI_OUTAGE_VIEW_H

#include "cli/json.h"
#include "copy/board.h"
#include <stdbool.h>
#include <stdint.h>

struct outage_view {
    bool watched; /* a daemon runs, and this boot's board is its; else the rest means nothing */
    bool silent;  /* it was asked to look, and did not take that in time */
    bool everything;
    bool elsewhere; /* the daemon asks by another resolv.conf than the one here, so that nothing
                       that it knows to be out is so here */
    enum board_forced forced;
    uint32_t names;  /* out by themselves */
    uint32_t denied; /* besides: names that DNS denies, and the copy answers */
    int64_t since;   /* Unix time from which anything is out; 0: nothing is */
    int64_t drill;   /* Unix time at which a drill ends; 0: there is none */
    int64_t ended;   /* of the last one; 0: none since the daemon started */
    uint32_t reports;
};

/* `look`: has the daemon look at its resolv.conf before, which costs it no question; takes some
 * seconds where it is stuck. */
void outage_view_read(struct outage_view *view, bool look);

/* Lines for people, the label in front of the first one. */
void outage_view_print(const struct outage_view *view, const char *label, int64_t now);

/* A member, or, without a label, an element. */
void outage_view_print_json(struct json *json, const char *label, const struct outage_view *view);

#endif
