/* SIGINT and SIGTERM: a wish that loops over much data look at, so that a run can tidy up. */
#ifndef GITDNS_PUBLISH_STOP_H
#define GITDNS_PUBLISH_STOP_H

#include <stdbool.h>

/* From now on SIGINT and SIGTERM are noted; system calls return EINTR. A second one kills. Children
 * can be waited for. */
void stop_on_signals(void);

bool stop_requested(void);

/* Readable once a stop is requested; -1 before stop_on_signals, and where there are no descriptors
 * left. */
int stop_descriptor(void);

#endif
