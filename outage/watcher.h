/* Watches for outages of DNS while the rounds go on: a thread that reads reports, asks DNS itself
 * and writes the board. Nothing wakes it while nobody reports. */
#ifndef GITDNS_OUTAGE_WATCHER_H
#define GITDNS_OUTAGE_WATCHER_H

#include "base/message.h"
#include <stdbool.h>
#include <stdint.h>

struct watcher;

struct watcher_settings {
    bool private; /* all registries are, whatever the policy says */
    bool denied;  /* there are names for which DNS's denial is doubted (denials.h) */
    bool missed;  /* names that are asked for in vain are kept (missed.h) */
    int64_t
        probe; /* seconds between questions that nobody has asked for (periodic_probe.h); 0: none */
};

/* Starts it. The calling thread has blocked the signals that others are to get. Returns 0 and
 * *watcher, or -1 with the cause in `error`; look-ups of an outage will each wait for DNS then. */
int watcher_start(struct watcher **watcher, const struct watcher_settings *settings,
                  char error[MESSAGE_OCTETS]);

/* From now on these hold, and the copy may be another. NULL is fine. */
void watcher_set(struct watcher *watcher, const struct watcher_settings *settings);

/* A descriptor that is readable once /run/gitdns is lost and cannot be made again; -1 of NULL. */
int watcher_lost(const struct watcher *watcher);

/* Has `alive` called by its thread, once that goes on. */
void watcher_ask(struct watcher *watcher, void (*alive)(void));

/* Closes the gates and ends it. NULL is fine. */
void watcher_stop(struct watcher *watcher);

#endif
