/* The store in hand: what it says of itself is read from the store alone. */
#ifndef GITDNS_HAND_H
#define GITDNS_HAND_H

#include "config.h"
#include "registry/manifest.h"
#include "registry/store_read.h"
#include "syncd.h"

struct hand {
    bool present; /* a store with a manifest; else the rest means nothing */
    bool binding; /* of the configured registry and signed by a configured key: its serial counts */
    struct manifest manifest;
    size_t text_len;
    char text[MANIFEST_MAX_OCTETS];
    int64_t deadline;
};

/* Maps the store that lies in the folder, as store_map. */
int hand_open_store(struct store *store, const struct folder *folder);

/* Reads what lies in the folder. `note`: empty, or one line about a store that does not count:
 * damaged, or not binding. */
void hand_read(struct hand *hand, const struct folder *folder, const char *registry_name,
               const struct keys *keys, char note[MESSAGE_OCTETS]);

/* Whether the store in hand holds, to the octet, the text that its manifest describes. */
bool hand_is_whole(const struct hand *hand, const struct folder *folder);

#endif
