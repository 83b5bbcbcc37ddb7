/* How far a run is, for a person: a line that is drawn over again on a terminal, else a plain line
 * every ten seconds; on standard error. */
#ifndef GITDNS_PUBLISH_PROGRESS_H
#define GITDNS_PUBLISH_PROGRESS_H

#include "publish/resolve.h"
#include <stdbool.h>
#include <time.h>

struct progress_view {
    bool terminal;
    bool drawn;  /* a line stands on the terminal */
    bool said;   /* that the run goes on from an earlier one */
    time_t next; /* not a terminal: when the next line is due */
};

void progress_start(struct progress_view *view);

/* A resolve_progress; `context` is the view. */
void progress_show(void *context, const struct progress *progress);

/* Leaves the terminal's line clean. */
void progress_end(struct progress_view *view);

#endif
