/* What is said of a round, and of the copy after it. */
#ifndef GITDNS_SYNCD_ROUND_TOLD_H
#define GITDNS_SYNCD_ROUND_TOLD_H

#include "syncd/rounds.h"
#include <stdio.h>

/* Says what it has come to: what went wrong to the log, and the result of a good one to `where`, or
 * to the log if that is NULL. Returns whether it was good. */
bool round_told(const struct rounds_job *job, FILE *where);

/* Says that the copy expires soon, or has expired; once a day at most. */
void round_told_expiry(struct rounds_job *job, int64_t now);

#endif
