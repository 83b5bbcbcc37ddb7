/* Files are looked at once a second, by the look-up that comes first in it. */
#ifndef GITDNS_NSS_GITDNS_TICK_H
#define GITDNS_NSS_GITDNS_TICK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Unix time. One clock for all: it is read in every look-up, and of all clocks this one costs least
 * (glibc binds time() to the kernel's own code). That it can be set does no harm: a tick is any
 * other second than the last. */
static inline int64_t tick_clock(void)
{
    return time(NULL);
}

/* Whether the caller is the first in this second: the others go on with what there is. */
static inline bool tick_is_first(_Atomic uint32_t *tick, uint32_t now)
{
    uint32_t last = atomic_load_explicit(tick, memory_order_relaxed);

    return now != last && atomic_compare_exchange_strong(tick, &last, now);
}

#endif
