/* What a round leaves for those to come: which mirrors are left alone for a while, and when the
 * next one is due. */
#ifndef GITDNS_SYNCD_ROUND_RECORD_H
#define GITDNS_SYNCD_ROUND_RECORD_H

#include "copy/round_state.h"
#include "mirror/mirror.h"

/* A round has ended at `now` with a `result` in one line. `mirror`: those of the configuration.
 * `deadline`: of the copy that is there now, by copy/deadline.h; 0: there is none. */
void round_record(struct round_state *state, const struct config_registry *registry,
                  const struct mirror mirror[CONFIG_URLS_MAX], bool good,
                  const char result[MESSAGE_OCTETS], int64_t deadline, int64_t now);

#endif
