#include "syncd/acceptance.h"
#include "base/number.h"
#include "copy/dates.h"
#include "copy/deadline.h"
#include "copy/freshness.h"
#include <inttypes.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

/* What one name takes while a store is made, its place in the index and its hash (docs/scale.md).
 */
#define OCTETS_A_NAME 16

/* Half of this machine's memory: who runs out of it is killed, with all other rounds and the watch
 * for outages. */
static uint64_t memory_for_names(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), octets = sysconf(_SC_PAGESIZE);

    return pages > 0 && octets > 0 ? (uint64_t)pages * (uint64_t)octets / 2 : UINT64_MAX;
}

enum acceptance acceptance_of_head(const struct newest *newest, uint32_t serial,
                                   char cause[MESSAGE_OCTETS])
{
    if (newest->binding && serial < newest->manifest.serial) {
        message_set(cause, "serial %" PRIu32 " is lower than the one in hand", serial);
        return ACCEPTANCE_REFUSED;
    }
    return ACCEPTANCE_INSTALL;
}

enum acceptance acceptance_of_offer(const struct config_registry *registry,
                                    const struct newest *newest, const struct offer *offer,
                                    int64_t now, char cause[MESSAGE_OCTETS])
{
    const struct manifest *manifest = &offer->manifest;
    char time[TIMESTAMP_OCTETS], clock[TIMESTAMP_OCTETS];
    bool same_serial = newest->binding && manifest->serial == newest->manifest.serial;
    bool same_text = offer->text_len == newest->text_len &&
                     memcmp(offer->text, newest->text, newest->text_len) == 0;

    if (same_serial && !same_text) {
        message_set(cause, "same serial with another manifest");
        return ACCEPTANCE_REFUSED;
    }
    /* The clock alone: a `created` may be from one that was ahead, and serials do not go back. */
    if (manifest->expires <= now) {
        timestamp_format(manifest->expires, time);
        timestamp_format(now, clock);
        message_set(cause, "expired at %s; this machine's clock says %s", time, clock);
        return ACCEPTANCE_REFUSED;
    }
    if (manifest->text_octets > registry->max_octets) {
        message_set(cause, "text of %" PRIu64 " octets is larger than max-size = %" PRIu64,
                    manifest->text_octets, registry->max_octets);
        return ACCEPTANCE_REFUSED;
    }
    /* A text that gzip cannot make smaller becomes a little larger (zlib's compressBound). */
    if (manifest->snapshot_octets > registry->max_octets + registry->max_octets / 1000 + 1024) {
        message_set(cause, "snapshot of %" PRIu64 " octets is larger than max-size = %" PRIu64,
                    manifest->snapshot_octets, registry->max_octets);
        return ACCEPTANCE_REFUSED;
    }
    if (manifest->names > memory_for_names() / OCTETS_A_NAME) {
        message_set(cause, "%" PRIu64 " names would take more than half of this machine's memory",
                    manifest->names);
        return ACCEPTANCE_REFUSED;
    }
    return same_serial && newest->deadline == deadline_of(manifest, registry->max_age)
               ? ACCEPTANCE_UP_TO_DATE
               : ACCEPTANCE_INSTALL;
}

bool acceptance_doubts_history(const struct newest *newest, const struct manifest *manifest,
                               char cause[MESSAGE_OCTETS])
{
    unsigned char sha256[SHA256_OCTETS];

    if (!newest->binding || manifest->parent != newest->manifest.serial)
        return false;
    crypto_hash_sha256(sha256, (const unsigned char *)newest->text, newest->text_len);
    if (memcmp(sha256, manifest->parent_sha256, SHA256_OCTETS) == 0)
        return false;
    message_set(cause, "continues another serial %" PRIu32 " than the one in hand; goes on",
                manifest->parent);
    return true;
}

bool acceptance_doubts_age(const struct manifest *manifest, int folder, int64_t now,
                           char cause[MESSAGE_OCTETS])
{
    int64_t hours = (now - manifest->created) / HOUR;
    struct dates dates;

    dates_read(folder, manifest->name, &dates);
    if (!freshness_has_stopped(manifest->created, manifest->expires, dates.usual, now))
        return false;
    message_set(cause,
                "made %" PRId64 " %s ago, and nothing newer is there: its publisher has stopped, "
                "or its mirrors show an old state",
                hours < 48 ? hours : hours / 24, hours < 48 ? "hours" : "days");
    return true;
}

bool acceptance_doubts_clocks(const struct manifest *manifest, int64_t now,
                              char cause[MESSAGE_OCTETS])
{
    char created[TIMESTAMP_OCTETS], clock[TIMESTAMP_OCTETS];

    if (manifest->created - now <= ACCEPTANCE_CLOCKS_APART)
        return false;
    timestamp_format(manifest->created, created);
    timestamp_format(now, clock);
    message_set(cause,
                "serial %" PRIu32
                " was made at %s by its publisher's clock, and this machine's says "
                "%s: one of them is wrong",
                manifest->serial, created, clock);
    return true;
}
