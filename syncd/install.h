/* What a mirror offers into the store, in the place of the one in hand. */
#ifndef GITDNS_INSTALL_H
#define GITDNS_INSTALL_H

#include "config.h"
#include "mirror.h"
#include "syncd.h"

/* Of a store that is being made. */
#define STORE_NEW STORE_FILE ".new"

/* Fetches the snapshot of a judged offer and installs it. Returns 0 once the new store is in place;
 * else SYNC_… with mirror->error, and the old one is untouched. */
int install_snapshot(const struct config *config, const struct folder *folder, int stop,
                     struct mirror *mirror, const struct offer *offer);

#endif
