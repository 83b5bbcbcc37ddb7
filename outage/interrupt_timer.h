/* A system call that somebody else can make wait, cut short: a signal that comes to this thread
 * again and again meanwhile. */
#ifndef GITDNS_OUTAGE_INTERRUPT_TIMER_H
#define GITDNS_OUTAGE_INTERRUPT_TIMER_H

#include <stdbool.h>
#include <time.h>

#define HURRY_MS 50

struct hurry {
    bool runs;
    timer_t timer;
};

/* Begins; where no timer can be had, nothing comes. */
void hurry_start(struct hurry *hurry);
void hurry_stop(struct hurry *hurry);

#endif
