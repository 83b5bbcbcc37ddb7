/* The store in hand: the newest one that counts, whichever answers. What it says of itself is read
 * from the store alone. */
#ifndef GITDNS_COPY_NEWEST_H
#define GITDNS_COPY_NEWEST_H

#include "copy/config.h"
#include "copy/copy.h"
#include "copy/serials.h"
#include "copy/store_read.h"
#include "registry/manifest.h"

struct newest {
    int fd;                        /* of the store; -1: none. newest_close */
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
void newest_read(struct newest *newest, const struct folder *folder, const char *registry_name,
                 const struct keys *keys, char note[MESSAGE_OCTETS]);
void newest_close(struct newest *newest);

/* The same for one that is kept. It may be none: then `note` says why it does not count. */
void newest_read_kept(struct newest *newest, const struct folder *folder, uint32_t serial,
                      const char *registry_name, const struct keys *keys,
                      char note[MESSAGE_OCTETS]);

/* Maps it, as store_map. */
int newest_map(const struct newest *newest, struct store *store);

/* Checks that the store in hand holds, to the octet, the text that its manifest describes. Returns
 * 0, E_STORE_DAMAGED or -errno. */
int newest_check_whole(const struct newest *newest);

/* store_check_public of it, or -errno. */
int newest_check_public(const struct newest *newest);

#endif
