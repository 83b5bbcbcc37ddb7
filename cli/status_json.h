/* One registry's state for programs. */
#ifndef GITDNS_CLI_STATUS_JSON_H
#define GITDNS_CLI_STATUS_JSON_H

#include "cli/status.h"

/* Its members, each with `before` in front of it: a comma and what is to follow that. */
void status_json_registry(const struct status *status, const struct status_registry *registry,
                          const char *before);

#endif
