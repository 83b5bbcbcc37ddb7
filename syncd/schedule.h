/* When the next round is due: arithmetic on Unix times, in seconds. */
#ifndef GITDNS_SYNCD_SCHEDULE_H
#define GITDNS_SYNCD_SCHEDULE_H

#include "copy/round_state.h"
#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_RETRY_FIRST 60
#define SCHEDULE_RETRY_MAX (6 * 3600)
/* A publisher chooses how long a copy is valid: not how often machines fetch. */
#define SCHEDULE_HASTENED_LEAST 3600
/* No server can hold a client off for longer. */
#define SCHEDULE_RETRY_AFTER_MAX (24 * 3600)
/* What the network of a machine that boots or wakes may take. */
#define SCHEDULE_NETWORK_LATE 60

/* How long after `interval` this machine's rounds start: 0 to a tenth of it, the same at each call
 * with the same seed. */
int64_t schedule_spread(int64_t interval, uint64_t seed);

/* A number of this machine and registry alone: from /etc/machine-id, hashed with the registry's
 * name (machine-id(5): it must not be used as it is); 0 if there is none. */
uint64_t schedule_machine_seed(const char *registry_name);

/* How long after a round that ended with `failures` failures in a row (0: a good one) the next is
 * due. `retry_after`: what a server asked for, or 0. */
int64_t schedule_delay(int64_t interval, int64_t spread, unsigned failures, int64_t retry_after);

/* No later than when half of what is `left` of the copy's validity has passed, a little earlier by
 * the seed, but at most once in SCHEDULE_RETRY_FIRST seconds, after a good round in
 * SCHEDULE_HASTENED_LEAST, nor before a server's `retry_after`. One that is not valid any more
 * hastens nothing. */
int64_t schedule_hasten(int64_t delay, int64_t left, uint64_t seed, bool good, int64_t retry_after);

/* Whether a round is due. A last round in the future, or a next one further away than any delay can
 * be, tells that the clock was set back: due as well. */
bool schedule_due(const struct round_state *state, int64_t interval, int64_t now);

/* How much longer the network of a machine may take that has been awake for `awake` milliseconds.
 */
int64_t schedule_network_late(int64_t awake);

#endif
