/* Whether the copy that answers holds a name: of others no gate is opened, as nothing would come
 * through it. */
#ifndef GITDNS_KNOWN_H
#define GITDNS_KNOWN_H

#include "registry/store_read.h"
#include <stdbool.h>

struct known {
    struct store store; /* mapped if its stamp is not 0 */
};

/* Looks at the file first: it may have been replaced. The name is in normal form. */
bool known_has(struct known *known, const char *name, size_t len);

void known_close(struct known *known);

#endif
