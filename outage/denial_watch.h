/* A thread that finds out whether DNS's no to a name is wrong ([answer] denied): it asks DNS and
 * proves addresses, and waits for both. What it finds the watcher puts on the board. There is no
 * thread until there are names to be doubted. */
#ifndef GITDNS_OUTAGE_DENIAL_WATCH_H
#define GITDNS_OUTAGE_DENIAL_WATCH_H

#include "copy/stores.h"
#include "outage/denials.h"
#include "outage/gates.h"
#include "outage/nameservers.h"
#include <pthread.h>
#include <stdatomic.h>

struct denial_watch {
    const char *directory; /* of the copy */
    void (*tell)(const char *line);
    atomic_bool private; /* all registries are: any thread sets it */
    atomic_bool ends;
    bool runs;
    pthread_t thread;
    int woken, changed; /* events: for the thread; for the watcher */
    pthread_mutex_t lock;
    struct denials denials; /* the lock's, as generation is */
    unsigned generation;    /* what is found for an earlier one does not count */
    /* The thread's own. */
    struct stores stores;
    bool open;
    bool was_private; /* when names were gathered */
    unsigned names;
    char name[DENIALS_MAX + 1][NAME_MAX_OCTETS + 1];
    bool asks; /* nameservers have been read */
    struct nameservers nameservers;
};

/* Returns 0 or -errno; denial_watch_close in either case. `watch` is of zeros. */
int denial_watch_open(struct denial_watch *watch, const char *directory,
                      void (*tell)(const char *line));

/* The configuration or the copy is another: names are named anew. `wanted`: there are some.
 * Returns 0 or a positive errno: the thread cannot be had. */
int denial_watch_set(struct denial_watch *watch, bool wanted, bool private);

/* A process has been denied the name, which is in normal form. */
void denial_watch_report(struct denial_watch *watch, const char *name, size_t len, int64_t now);

/* Another DNS is asked from now on; and: much time may have passed. */
void denial_watch_forget(struct denial_watch *watch, int64_t now);
void denial_watch_doubt(struct denial_watch *watch, int64_t now);

/* How many a copy answers for. */
unsigned denial_watch_wrong(struct denial_watch *watch);

/* Brings the board into line, or takes all of them off it (`none`), but for what the gates have
 * there. `until`: their lease. */
void denial_watch_show(struct denial_watch *watch, struct gates *gates, bool none, uint32_t until);

void denial_watch_close(struct denial_watch *watch);

#endif
