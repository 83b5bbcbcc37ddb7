/* What the watcher knows, and what it makes of what it hears. Its thread's alone, but for what says
 * otherwise. */
#ifndef GITDNS_OUTAGE_WATCH_H
#define GITDNS_OUTAGE_WATCH_H

#include "notice/notice.h"
#include "outage/asker.h"
#include "outage/denial_watch.h"
#include "outage/forced.h"
#include "outage/missed.h"
#include "outage/run_folder.h"
#include "outage/watcher.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

/* How often resolv.conf and the clocks are looked at while anything is suspected or out. */
#define WATCH_TICK_MS 1000
/* Whoever writes what stands behind a resolver each second must not keep us from ever knowing. */
#define WATCH_ASK_ANEW_MS 10000

struct watcher {
    pthread_t thread;
    int woken, lost; /* events: something is set; the folder cannot be made again */
    atomic_bool ends;
    void (*_Atomic alive)(void); /* to be called once; NULL: nobody asks */
    struct run_folder folder;
    struct asker asker;
    struct gates gates;
    struct copy_names copy_names;
    struct missed missed;
    struct periodic_probe periodic;
    struct denial_watch denials;
    int64_t shown; /* when those that are wrong were put on the board; 0: they are to be */
    struct forced forced;
    int64_t rest;      /* until when neither reports nor events are read, ms */
    int64_t suspended; /* how long this machine was, since its start, ms */
    int64_t tick;      /* when resolv.conf and the clocks were looked at */
    int64_t asked_anew;
    int64_t kept;  /* when the names were last written out */
    unsigned full; /* reports in a batch */
};

static inline bool watch_everything_out(const struct watcher *watcher)
{
    return forced_out(&watcher->forced) || watcher->gates.root.state == GATE_OUT;
}

/* Whether DNS is still the one that was asked, and within reach. */
void watch_check(struct watcher *watcher, int64_t now);

/* What comes over the socket: of reports_handler; `context` is the watcher. */
void watch_report(void *context, const char *name, size_t len, uid_t uid);
void watch_denied(void *context, const char *name, size_t len);
void watch_force(void *context, const struct control *control);
/* So that the board is about resolv.conf as it is now. Nothing is asked for it. */
void watch_look(void *context);

/* Asks for a name that nobody has asked for, as if it had been reported. */
void watch_probe(struct watcher *watcher, int64_t now);

/* Keeps on the board what DNS denies and the copy answers. */
void watch_show_denials(struct watcher *watcher, int64_t now);

#endif
