/* The machine's state for Prometheus, in its text format, as node_exporter's textfile collector
 * reads it. */
#ifndef GITDNS_CLI_STATUS_METRICS_H
#define GITDNS_CLI_STATUS_METRICS_H

#include "cli/status.h"
#include <stdio.h>

/* `answers`: the module can answer when DNS fails. */
void status_metrics_print(FILE *file, const struct status *status, bool answers);

/* The same into the file at `path`, whole or not at all. Returns 0 or -errno; -EPERM also where a
 * link of another user's leads to what is not that user's. */
int status_metrics_write(const char *path, const struct status *status, bool answers);

#endif
