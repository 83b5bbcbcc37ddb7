/* How far a push is, for a person at a terminal: one line on standard error, drawn over again. */
#ifndef GITDNS_PUSH_PUSH_BAR_H
#define GITDNS_PUSH_PUSH_BAR_H

#include "push/workers.h"

struct push_bar {
    bool terminal;
    bool drawn;
    unsigned remotes;
};

void push_bar_start(struct push_bar *bar, unsigned remotes);

/* A workers_listener; `context` is the bar. */
void push_bar_show(void *context, const struct worker_state *state, unsigned running);

/* Leaves the line clean. */
void push_bar_end(struct push_bar *bar);

#endif
