/* One registry's state for programs. */
#ifndef GITDNS_CLI_STATUS_JSON_H
#define GITDNS_CLI_STATUS_JSON_H

#include "cli/json.h"
#include "cli/status.h"

/* Its members, in the object that is open. */
void status_json_registry(struct json *json, const struct status *status,
                          const struct status_registry *registry);

#endif
