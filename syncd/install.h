/* What a mirror offers into a store that is kept. */
#ifndef GITDNS_SYNCD_INSTALL_H
#define GITDNS_SYNCD_INSTALL_H

#include "copy/config.h"
#include "copy/copy.h"
#include "copy/newest.h"
#include "mirror/mirror.h"
#include "syncd/syncd.h"

/* Fetches what an accepted offer needs and puts it among the kept ones: a delta from the serial in
 * hand if the manifest lists one, else, or if anything is wrong with that (`note`, otherwise
 * empty), the snapshot. Returns 0 once the new store is in place; else SYNC_… with mirror->error.
 * Which store answers stays as it is. */
enum sync_result install_offer(const struct config_registry *registry, const struct folder *folder,
                               int stop, const struct newest *newest, struct mirror *mirror,
                               const struct offer *offer, char note[MESSAGE_OCTETS]);

#endif
