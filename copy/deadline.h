/* Until when a store answers. */
#ifndef GITDNS_COPY_DEADLINE_H
#define GITDNS_COPY_DEADLINE_H

#include "registry/manifest.h"

/* The Unix time after which the module must not answer from this manifest's store. `max_age`: of
 * what is answered, in seconds; 0: none. Signed times alone count. */
int64_t deadline_of(const struct manifest *manifest, int64_t max_age);

#endif
