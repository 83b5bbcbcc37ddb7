/* A registry that moves from one folder to another brings along what it has. */
#ifndef GITDNS_SYNCD_TAKE_OVER_H
#define GITDNS_SYNCD_TAKE_OVER_H

#include "copy/config.h"
#include <stdbool.h>

/* Whether the open folder's current store is of the registry of that name. */
bool take_over_is_of(int folder, const char *name);

/* Whether the registry lies in the other of its two folders still, and not in this open one of its
 * own: a round would take a lower serial. */
bool take_over_is_owed(int folder, const struct config_registry *registry);

/* If the folder `from` has that registry and `to` has no store: the serials, the pin, and the same
 * one answers. Nothing in `from` changes but for what a killed round has left there. Killed on the
 * way it leaves no store in `to`. Returns 0, -EWOULDBLOCK (somebody is at work in `to`) or -errno.
 */
int take_over(int from, int to, const char *name);

#endif
