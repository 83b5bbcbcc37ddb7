/* How far a run is, for a person: a line that is drawn over again on a terminal, else a plain line
 * every ten seconds; on standard error. */
#ifndef GITDNS_PUBLISH_PROGRESS_H
#define GITDNS_PUBLISH_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* How far a run has come. */
struct progress {
    unsigned sample, samples; /* from 1 */
    bool again;               /* those that failed, once more */
    bool proving;             /* addresses are, and no names asked for */
    uint64_t names, done;     /* in this pass; or addresses */
    uint64_t failed;          /* of this sample, up to now */
    uint64_t continued;       /* answers that an interrupted run left */
    unsigned rate;            /* names a second */
    int64_t left;             /* seconds of this pass; -1: not known */
    int64_t waiting;          /* seconds until the next sample; 0: at work */
};

typedef void progress_listener(void *context, const struct progress *progress);

struct progress_view {
    bool terminal;
    bool drawn;   /* a line stands on the terminal */
    bool said;    /* that the run goes on from an earlier one */
    int64_t next; /* not a terminal: when the next line is due, ms of CLOCK_MONOTONIC */
};

void progress_start(struct progress_view *view);

/* A progress_listener; `context` is the view. */
void progress_show(void *context, const struct progress *progress);

/* Leaves the terminal's line clean. */
void progress_end(struct progress_view *view);

#endif
