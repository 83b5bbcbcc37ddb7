/* Whether the copy that answers holds a name: of others no gate is opened, as nothing would come
 * through it. */
#ifndef GITDNS_OUTAGE_COPY_NAMES_H
#define GITDNS_OUTAGE_COPY_NAMES_H

#include "copy/store_read.h"
#include "registry/registry.h"
#include <stdbool.h>

struct copy_names {
    const char *path;
    struct store store; /* mapped if its stamp is not 0 */
};

/* Looks at the file first: it may have been replaced. The name is in normal form. */
bool copy_names_has(struct copy_names *copy_names, const char *name, size_t len);

/* A name that it holds, at random. Returns whether there is one and it lies in the domain (a dot in
 * front; empty: any). The file is looked at only if none is mapped. */
bool copy_names_pick(struct copy_names *copy_names, const char *domain,
                     char name[NAME_MAX_OCTETS + 1]);

void copy_names_close(struct copy_names *copy_names);

#endif
