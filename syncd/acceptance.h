/* Whether an offer may take the place of the store in hand: a decision on its manifest alone. */
#ifndef GITDNS_JUDGE_H
#define GITDNS_JUDGE_H

#include "config.h"
#include "hand.h"
#include "mirror.h"

enum verdict {
    VERDICT_INSTALL,
    VERDICT_UP_TO_DATE, /* if the store in hand is whole */
    VERDICT_REFUSED,
};

/* Whether a mirror whose HEAD says `serial` is worth asking on: VERDICT_INSTALL, or VERDICT_REFUSED
 * with the cause. */
enum verdict judge_head(const struct hand *hand, uint32_t serial, char cause[MESSAGE_OCTETS]);

/* `now`: the clock, Unix time. A clock before the manifest's `created` is no error: boards without
 * a clock need names to set it. */
enum verdict judge_offer(const struct config *config, const struct hand *hand,
                         const struct offer *offer, int64_t now, char cause[MESSAGE_OCTETS]);

/* The Unix time after which the module must not answer from this manifest's store: signed times
 * alone count. */
int64_t judge_deadline(const struct config *config, const struct manifest *manifest);

#endif
