#include "copy/store_verify.h"
#include "base/base.h"
#include "base/error.h"
#include "registry/text.h"
#include <sodium.h>
#include <string.h>

int store_manifest(const struct store *store, struct manifest *manifest)
{
    const unsigned char *text;
    unsigned line;
    size_t len;

    if (store_meta(store, STORE_KEY_MANIFEST, &text, &len) != 1)
        return E_STORE_DAMAGED;
    return manifest_parse((const char *)text, len, manifest, &line);
}

int store_verify_signature(const struct store *store, const struct manifest *manifest,
                           const struct keys *keys)
{
    const unsigned char *text, *signature;
    size_t len, signature_len;

    if (store_meta(store, STORE_KEY_MANIFEST, &text, &len) != 1 ||
        store_meta(store, STORE_KEY_SIGNATURE, &signature, &signature_len) != 1)
        return E_STORE_DAMAGED;
    return signature_verify((const char *)signature, signature_len, text, len, keys, manifest->name,
                            manifest->serial);
}

/* A record that the walk found must be the one that the index leads to. */
static int check_index(const struct store *store, const struct record *walked)
{
    struct record found;
    int r = store_find(store, walked->name, walked->name_len, &found);

    return r == 1 && found.ipv4 == walked->ipv4 ? 0 : E_STORE_DAMAGED;
}

int store_verify_text(const struct store *store, const struct manifest *manifest)
{
    crypto_hash_sha256_state state;
    unsigned char sha256[SHA256_OCTETS];
    uint64_t octets = 0, names = 0;
    unsigned position = 0;
    struct record record;
    int r;

    crypto_hash_sha256_init(&state);
    while ((r = store_next(store, &position, &record)) == 1) {
        char line[TEXT_LINE_MAX];
        size_t len = text_format(&record, line);

        crypto_hash_sha256_update(&state, (unsigned char *)line, len);
        octets += len;
        names++;
        r = check_index(store, &record);
        if (r < 0)
            break;
    }
    if (r < 0)
        return r;
    if (names != manifest->names)
        return E_NAMES_WRONG;
    if (octets != manifest->text_octets)
        return E_SIZE_WRONG;
    crypto_hash_sha256_final(&state, sha256);
    return memcmp(sha256, manifest->text_sha256, sizeof sha256) == 0 ? 0 : E_HASH_WRONG;
}
