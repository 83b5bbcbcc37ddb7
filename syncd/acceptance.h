/* Whether an offer may take the place of the store in hand: a decision on its manifest alone. */
#ifndef GITDNS_SYNCD_ACCEPTANCE_H
#define GITDNS_SYNCD_ACCEPTANCE_H

#include "copy/config.h"
#include "copy/newest.h"
#include "mirror/mirror.h"

enum acceptance {
    ACCEPTANCE_INSTALL,
    ACCEPTANCE_UP_TO_DATE, /* if the store in hand is whole */
    ACCEPTANCE_REFUSED,
};

/* Whether a mirror whose HEAD says `serial` is worth asking on: ACCEPTANCE_INSTALL, or
 * ACCEPTANCE_REFUSED with the cause. */
enum acceptance acceptance_of_head(const struct newest *newest, uint32_t serial,
                                   char cause[MESSAGE_OCTETS]);

/* `now`: the clock, Unix time. A clock before the manifest's `created` is no error: boards without
 * a clock need names to set it. */
enum acceptance acceptance_of_offer(const struct config_registry *registry,
                                    const struct newest *newest, const struct offer *offer,
                                    int64_t now, char cause[MESSAGE_OCTETS]);

/* Whether the manifest claims to continue the serial in hand, and continues another one. A
 * publisher that lost its history is honest; a thief of its key would not slip. */
bool acceptance_doubts_history(const struct newest *newest, const struct manifest *manifest,
                               char cause[MESSAGE_OCTETS]);

/* Whether the newest serial that a mirror shows, of this manifest, is older than its publisher lets
 * them become, by what is kept in the open folder (freshness.h). */
bool acceptance_doubts_age(const struct manifest *manifest, int folder, int64_t now,
                           char cause[MESSAGE_OCTETS]);

#define ACCEPTANCE_CLOCKS_APART (24 * 60 * 60) /* seconds that say nothing yet */

/* Whether the manifest was made later than `now`, and so which clocks are to be looked at. */
bool acceptance_doubts_clocks(const struct manifest *manifest, int64_t now,
                              char cause[MESSAGE_OCTETS]);

#endif
