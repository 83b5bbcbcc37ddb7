/* A system call that somebody else can make wait, cut short: a signal that comes to this thread
 * again and again meanwhile. */
#ifndef GITDNS_OUTAGE_INTERRUPT_TIMER_H
#define GITDNS_OUTAGE_INTERRUPT_TIMER_H

#include <stdbool.h>
#include <time.h>

#define INTERRUPT_TIMER_MS 50

struct interrupt_timer {
    bool runs;
    timer_t timer;
};

/* Begins; where no timer can be had, nothing comes. */
void interrupt_timer_start(struct interrupt_timer *timer);
void interrupt_timer_stop(struct interrupt_timer *timer);

#endif
