/* SIGINT and SIGTERM: a wish that loops over much data look at, so that a run can tidy up. */
#ifndef GITDNS_PUBLISH_STOP_H
#define GITDNS_PUBLISH_STOP_H

#include <stdbool.h>

/* From now on the two signals are noted; system calls return EINTR. A second one kills. */
void stop_on_signals(void);

bool stop_requested(void);

#endif
