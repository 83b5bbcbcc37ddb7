/* What the rounds so far came to: the file `state` beside the store. Whoever writes it holds the
 * folder's lock. */
#ifndef GITDNS_COPY_ROUND_STATE_H
#define GITDNS_COPY_ROUND_STATE_H

#include "base/message.h"
#include "copy/cooldown.h"
#include <stdbool.h>
#include <stdint.h>

#define STATE_FILE "state"

struct round_state {
    int64_t last;                /* Unix time at which the last round ended; 0: there was none */
    int64_t good;                /* the same of the last good one */
    int64_t next;                /* Unix time at which the next one is due */
    unsigned failures;           /* rounds that failed since the last good one */
    uint64_t seed;               /* spreads a machine that has no machine-id; 0: not drawn yet */
    char result[MESSAGE_OCTETS]; /* the last round in one line */
    struct cooldowns cooldowns;  /* mirrors that failed when they were last asked */
};

/* Reads the state of the store in the open folder `directory`. Any octets may stand there: a
 * damaged file is as if absent, and all is zero then. Returns whether there was one. */
bool round_state_read(struct round_state *state, int directory);

/* Returns 0 or -errno; on failure the file that was there stays. */
int round_state_write(const struct round_state *state, int directory);

#endif
