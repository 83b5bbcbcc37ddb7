/* What is in the files of a mirror, in bounded memory. Their size and hash have been checked. */
#ifndef GITDNS_AUDIT_CONTENTS_H
#define GITDNS_AUDIT_CONTENTS_H

#include "registry/manifest.h"
#include <stdbool.h>

/* Whether the snapshot that `fd` is open on holds the text that the manifest describes. Returns 0,
 * or why not, with the *line at fault, 0 if none is. `private`: it may hold what a public one may
 * not; *special: it does. */
int contents_check_text(int fd, const struct manifest *manifest, bool private, bool *special,
                        uint64_t *line);

/* Whether the delta leads from the text of the snapshot `base`, of `base_octets`, to the text that
 * the manifest describes. Returns as above. */
int contents_check_delta(int fd, int base, uint64_t base_octets, const struct manifest *manifest,
                         bool private, uint64_t *line);

#endif
