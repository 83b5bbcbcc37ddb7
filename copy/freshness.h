/* How a copy ages: rules on Unix times, in seconds. */
#ifndef GITDNS_COPY_FRESHNESS_H
#define GITDNS_COPY_FRESHNESS_H

#include "base/span.h"
#include <stdbool.h>
#include <stdint.h>

/* When a serial was made. */
struct serial_date {
    uint32_t serial;
    int64_t created;
};

/* As many tell how often a registry is published. */
#define FRESHNESS_DATES_MAX 8

/* How long it takes from one serial to the next, by `count` dates, the newest first. 0: fewer than
 * three of them, or uneven: a publisher of what rarely changes makes no serial on most of its runs.
 * Serials that follow each other within an hour are made by hand. */
int64_t freshness_usual(const struct serial_date *dates, unsigned count);

/* Whether its publisher has stopped: at `seen` there was still nothing newer than what was made at
 * `created` and `expires`, although two runs were due since then. `usual`: seconds from one run to
 * the next; 0: not known. A publisher that runs makes what has not changed anew after a quarter of
 * its time (gitdns-publish(1)): half of it is long enough. */
bool freshness_has_stopped(int64_t created, int64_t expires, int64_t usual, int64_t seen);

/* Whether the publisher, of this machine, may still make up for the runs that it has missed: a
 * machine that was off or asleep begins with a round, and within an hour of that it has had its
 * chance. For a day: rounds of one that is awake come each day, and must not put it off for ever.
 */
bool freshness_may_catch_up(int64_t created, int64_t usual, int64_t last_round, int64_t now);

/* Whether a copy that cannot be refreshed has become a finding: half of its time, from `created` to
 * `deadline`, has passed, or the third of the rounds, or of the serials, that were due since then.
 * `interval`: seconds from one round to the next. */
bool freshness_is_old(int64_t created, int64_t deadline, int64_t usual, int64_t interval,
                      int64_t now);

/* Whether it expires soon: within a week, or a quarter of its time if that is less. */
bool freshness_ends_soon(int64_t created, int64_t deadline, int64_t now);

/* What is said of a copy: `the copy expires in 6 days`, `the copy expired 3 hours ago`. */
#define FRESHNESS_OCTETS (sizeof "the copy expires " + SPAN_OCTETS)
const char *freshness_text(int64_t deadline, int64_t now, char out[FRESHNESS_OCTETS]);

#endif
