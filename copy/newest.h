/* The store in hand: the newest one that counts, whichever answers. What it says of itself is read
 * from the store alone. */
#ifndef GITDNS_HAND_H
#define GITDNS_HAND_H

#include "config.h"
#include "registry/manifest.h"
#include "registry/serials.h"
#include "registry/store_read.h"
#include "syncd.h"

struct hand {
    int fd;                        /* of the store; -1: none. hand_close */
    char file[SERIAL_PATH_OCTETS]; /* what it is called in the folder */
    bool present;                  /* a store with a manifest; else the rest means nothing */
    bool binding; /* of the configured registry and signed by a configured key: its serial counts */
    struct manifest manifest;
    size_t text_len;
    char text[MANIFEST_MAX_OCTETS];
    int64_t deadline;
};

/* Reads what lies in the folder: of the one that answers and those that are kept the binding one of
 * the highest serial, or, if none is binding, the one that answers. `note`: empty, or one line
 * about a newer store that does not count: damaged, or not binding. */
void hand_read(struct hand *hand, const struct folder *folder, const char *registry_name,
               const struct keys *keys, char note[MESSAGE_OCTETS]);
void hand_close(struct hand *hand);

/* The same for one that is kept. It may be none: then `note` says why it does not count. */
void hand_read_serial(struct hand *hand, const struct folder *folder, uint32_t serial,
                      const char *registry_name, const struct keys *keys,
                      char note[MESSAGE_OCTETS]);

/* Maps it, as store_map. */
int hand_map(const struct hand *hand, struct store *store);

/* Whether the store in hand holds, to the octet, the text that its manifest describes. */
bool hand_is_whole(const struct hand *hand);

#endif
