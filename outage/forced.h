/* What an administrator has decided in place of questions: that everything is out or nothing is, or
 * that there is a drill, which ends by itself. */
#ifndef GITDNS_OUTAGE_FORCED_H
#define GITDNS_OUTAGE_FORCED_H

#include "copy/control.h"

/* A drill ends so soon when the daemon dies; the watcher renews it each second. */
#define FORCED_DRILL_LEASE 5

struct forced {
    enum board_forced is;
    int64_t until; /* of a drill: when it ends, in milliseconds of CLOCK_BOOTTIME */
};

/* From now on it is so, and the board says so. */
void forced_set(struct forced *forced, const struct control *control, _Atomic uint32_t *board);

/* Moves the leases of what is forced to be out on; `now`: CLOCK_MONOTONIC in milliseconds. Returns
 * whether anything is. */
bool forced_renew(const struct forced *forced, _Atomic uint32_t *board, int64_t now);

/* Whether it is a drill whose time is over. */
bool forced_has_ended(const struct forced *forced);

/* Whether it is forced that everything is out. */
static inline bool forced_out(const struct forced *forced)
{
    return forced->is == BOARD_ON || forced->is == BOARD_DRILL;
}

#endif
