/* What a store says of itself, and whether it is true. */
#ifndef GITDNS_COPY_STORE_VERIFY_H
#define GITDNS_COPY_STORE_VERIFY_H

#include "copy/store_read.h"
#include "registry/manifest.h"
#include "registry/signature.h"

/* Copies the manifest that the store holds to `text`, and parses that. Returns 0, E_STORE_DAMAGED
 * (none) or E_MANIFEST_…. */
int store_manifest(const struct store *store, char text[MANIFEST_MAX_OCTETS], size_t *len,
                   struct manifest *manifest);

/* Opens the store `file` in the folder `directory` with its manifest. Returns 0, and store_unmap in
 * the end, or a code of base/error.h. */
int store_open_at(int directory, const char *file, struct store *store, struct manifest *manifest);

/* 0 if the manifest is signed, by the signature in the store, by one of the keys; else
 * E_SIGNATURE_… or E_STORE_DAMAGED. All of it is store_manifest's. */
int store_verify_signature(const struct store *store, const char *text, size_t len,
                           const struct manifest *manifest, const struct keys *keys);

/* Regenerates the registry text by a walk and compares it with the manifest: octets, SHA-256,
 * names; and sees that the index leads to each. Returns 0, E_NAMES_WRONG, E_SIZE_WRONG,
 * E_HASH_WRONG, E_STORE_DAMAGED or -ENOMEM. */
int store_verify_text(const struct store *store, const struct manifest *manifest);

/* Whether every record may stand where private ones may not. Returns 0, E_NAME_SPECIAL,
 * E_ADDRESS_REFUSED or E_STORE_DAMAGED. */
int store_check_public(const struct store *store);

#endif
