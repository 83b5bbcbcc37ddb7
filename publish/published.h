/* One published serial: its manifest, signatures and payloads in the tree, read and checked. */
#ifndef GITDNS_PUBLISH_PUBLISHED_H
#define GITDNS_PUBLISH_PUBLISHED_H

#include "base/base.h"
#include "publish/problem.h"
#include "registry/manifest.h"
#include "registry/signature.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tree;

struct published {
    char text[MANIFEST_MAX_OCTETS];
    size_t len;
    unsigned char sha256[SHA256_OCTETS];
    struct manifest manifest;
};

/* Opens the serial's folder. Returns the descriptor, or as owned_open_folder. */
int published_folder(const struct tree *tree, uint32_t serial);

/* Reads and parses a serial's manifest. Returns 0, E_MANIFEST_…, E_TREE_DAMAGED (it is another
 * serial's), E_FILE_LONG or -errno; -ENOENT: there is none. */
int published_read(const struct tree *tree, uint32_t serial, struct published *published,
                   struct problem *problem);

/* Checks all signatures that one of the keys can have made. Returns 0 and, in *signed_by, which
 * did; E_SIGNATURE_KEY if none did; -errno, or E_SIGNATURE_… if one is wrong. */
int published_verify(const struct tree *tree, const struct published *published,
                     const struct keys *keys, struct keys *signed_by, struct problem *problem);

/* Opens the serial's snapshot, checks its size and SHA-256. Returns the descriptor, at the start of
 * the file, E_SIZE_WRONG, E_HASH_WRONG or -errno; -ENOENT: there is none. */
int published_snapshot(const struct tree *tree, const struct published *published,
                       struct problem *problem);

/* Checks size and SHA-256 of the serial's deltas; one that is not there is an error only if
 * `needed`. Returns 0, E_SIZE_WRONG, E_HASH_WRONG or -errno. */
int published_deltas(const struct tree *tree, const struct published *published, bool needed,
                     struct problem *problem);

#endif
