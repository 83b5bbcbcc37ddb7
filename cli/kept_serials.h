/* The serials of a registry that this machine keeps. */
#ifndef GITDNS_CLI_KEPT_SERIALS_H
#define GITDNS_CLI_KEPT_SERIALS_H

#include "cli/copies.h"
#include "copy/serials.h"
#include "copy/store_read.h"
#include "registry/manifest.h"

struct kept_serials {
    const char *path;       /* of the folder, for messages */
    int directory;          /* the open folder */
    struct serials serials; /* with the current one */
    uint32_t current;       /* the serial that answers */
    uint32_t pinned;        /* 0: none */
};

/* Finds them, or prints why not and returns false. kept_serials_close in the end. */
bool kept_serials_open(const struct registry_copy *copy, struct kept_serials *kept);
void kept_serials_close(struct kept_serials *kept);

/* Whether that serial is kept; if not this has been said. */
bool kept_serials_has(const struct kept_serials *kept, uint32_t serial);

/* The serial that a person named, or, having said so, 0 if it is none. */
uint32_t kept_serials_parse(const char *argument);

/* The highest that is kept below `serial`, or 0. */
uint32_t kept_serials_before(const struct kept_serials *kept, uint32_t serial);

/* Opens the store of a kept one and reads its manifest, or prints why not and returns false. */
bool kept_serials_store(const struct kept_serials *kept, uint32_t serial, struct store *store,
                        struct manifest *manifest);

#endif
