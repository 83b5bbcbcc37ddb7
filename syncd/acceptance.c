#include "judge.h"
#include <inttypes.h>
#include <string.h>

enum verdict judge_head(const struct hand *hand, uint32_t serial, char cause[MESSAGE_OCTETS])
{
    if (hand->binding && serial < hand->manifest.serial) {
        message_set(cause, "serial %" PRIu32 " is lower than the one in hand", serial);
        return VERDICT_REFUSED;
    }
    return VERDICT_INSTALL;
}

int64_t judge_deadline(const struct config *config, const struct manifest *manifest)
{
    int64_t aged = manifest->created + config->max_age;
    return config->max_age > 0 && aged < manifest->expires ? aged : manifest->expires;
}

enum verdict judge_offer(const struct config *config, const struct hand *hand,
                         const struct offer *offer, int64_t now, char cause[MESSAGE_OCTETS])
{
    const struct manifest *manifest = &offer->manifest;
    char time[TIMESTAMP_OCTETS];

    bool same_serial = hand->binding && manifest->serial == hand->manifest.serial;
    bool same_text =
        offer->text_len == hand->text_len && memcmp(offer->text, hand->text, hand->text_len) == 0;
    if (same_serial && !same_text) {
        message_set(cause, "same serial with another manifest");
        return VERDICT_REFUSED;
    }
    /* A clock that was set back must not bring an expired manifest to life. */
    if (hand->binding && hand->manifest.created > now)
        now = hand->manifest.created;
    if (manifest->expires <= now) {
        timestamp_format(manifest->expires, time);
        message_set(cause, "expired at %s", time);
        return VERDICT_REFUSED;
    }
    if (manifest->text_octets > config->max_octets) {
        message_set(cause, "text of %" PRIu64 " octets is larger than max-size = %" PRIu64,
                    manifest->text_octets, config->max_octets);
        return VERDICT_REFUSED;
    }
    /* A text that gzip cannot make smaller becomes a little larger (zlib's compressBound). */
    if (manifest->snapshot_octets > config->max_octets + config->max_octets / 1000 + 1024) {
        message_set(cause, "snapshot of %" PRIu64 " octets is larger than max-size = %" PRIu64,
                    manifest->snapshot_octets, config->max_octets);
        return VERDICT_REFUSED;
    }
    return same_serial && hand->deadline == judge_deadline(config, manifest) ? VERDICT_UP_TO_DATE
                                                                             : VERDICT_INSTALL;
}
