/* Watches for outages of DNS while the rounds go on: a thread that reads reports, asks DNS itself
 * and writes the board. Nothing wakes it while nobody reports. */
#ifndef GITDNS_OUTAGE_WATCHER_H
#define GITDNS_OUTAGE_WATCHER_H

#include "base/message.h"
#include <stdbool.h>

struct watcher;

/* Starts it; `private` is the setting of that name. The calling thread has blocked the signals that
 * others are to get. Returns 0 and *watcher, or -1 with the cause in `error`; look-ups of an outage
 * will each wait for DNS then. */
int watcher_start(struct watcher **watcher, bool private, char error[MESSAGE_OCTETS]);

/* The setting has changed. NULL is fine. */
void watcher_set_private(struct watcher *watcher, bool private);

/* A descriptor that is readable once /run/gitdns is lost and cannot be made again; -1 of NULL. */
int watcher_lost(const struct watcher *watcher);

/* Closes the gates and ends it. NULL is fine. */
void watcher_stop(struct watcher *watcher);

#endif
