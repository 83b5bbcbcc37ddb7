/* The folder in which one registry's serials, state and pin lie. */
#ifndef GITDNS_COPY_REGISTRY_FOLDER_H
#define GITDNS_COPY_REGISTRY_FOLDER_H

#include "copy/config.h"

/* Opens it. That of the copy is followed wherever it leads; what lies in it is another user's, and
 * no link there is. Returns a descriptor or -errno. */
int registry_folder_open(const struct config_registry *registry);

/* The same of the registry `name` within the folder of the copy; empty: that folder itself. */
int registry_folder_open_in(const char *copy, const char *name);

#endif
