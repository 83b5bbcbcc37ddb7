/* Clocks in milliseconds. */
#ifndef GITDNS_BASE_CLOCK_H
#define GITDNS_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC does not go on during a suspend, CLOCK_BOOTTIME does; nobody sets either. */
static inline int64_t clock_ms(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What this machine has been suspended since its boot; a difference of two that is more than
 * CLOCK_SUSPEND_MS is a suspend between them. */
#define CLOCK_SUSPEND_MS 2000

static inline int64_t clock_suspended_ms(void)
{
    return clock_ms(CLOCK_BOOTTIME) - clock_ms(CLOCK_MONOTONIC);
}

#endif
