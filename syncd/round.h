/* One round: from the mirrors' HEADs to the new store in its place. */
#ifndef GITDNS_SYNCD_ROUND_H
#define GITDNS_SYNCD_ROUND_H

#include "copy/config.h"
#include "copy/round_state.h"
#include <stdbool.h>

/* For each mirror its failure, a damaged store, another history or an old state, a delta that would
 * not do; the store in hand, what is withheld, the pin, this machine, the state file. */
#define ROUND_LINES_MAX (CONFIG_URLS_MAX * 4 + 6)

enum round_outcome {
    ROUND_UPDATED,
    ROUND_UP_TO_DATE,
    ROUND_FAILED,
    ROUND_STOPPED,
};

struct round {
    enum round_outcome outcome;
    bool recorded;      /* the state file holds what *state does */
    const char *mirror; /* of the configuration: whose the last cause is; NULL: nobody's */
    unsigned lines; /* what went wrong on the way, for people: `FILE-or-URL: cause; consequence` */
    char line[ROUND_LINES_MAX][MESSAGE_OCTETS];
};

/* Runs a round under the folder's lock and records it in *state, which holds what the rounds before
 * came to: in memory always, on disk if it can be written, neither if the round was stopped.
 * `by_hand`: a person has asked for it, so that mirrors in cool-down are asked as well. `stop`: the
 * round ends once this descriptor is readable. */
void round_run(const struct config_registry *registry, bool by_hand, int stop,
               struct round_state *state, struct round *round);

#endif
