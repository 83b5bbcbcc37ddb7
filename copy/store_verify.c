#include "copy/store_verify.h"
#include "base/base.h"
#include "base/error.h"
#include "copy/store_index.h"
#include "copy/store_open.h"
#include "registry/text.h"
#include <sodium.h>
#include <string.h>
#include <unistd.h>

int store_manifest(const struct store *store, char text[MANIFEST_MAX_OCTETS], size_t *len,
                   struct manifest *manifest)
{
    int octets = store_meta(store, STORE_KEY_MANIFEST, text, MANIFEST_MAX_OCTETS);
    unsigned line;

    if (octets < 0)
        return octets;
    *len = (size_t)octets;
    return manifest_parse(text, *len, manifest, &line);
}

int store_open_at(int directory, const char *file, struct store *store, struct manifest *manifest)
{
    int fd = store_open_file(directory, file), r;
    char text[MANIFEST_MAX_OCTETS];
    size_t len;

    if (fd < 0)
        return fd;
    r = store_map(store, fd);
    close(fd);
    if (r < 0)
        return r;
    r = store_manifest(store, text, &len, manifest);
    if (r < 0)
        store_unmap(store);
    return r;
}

int store_verify_signature(const struct store *store, const char *text, size_t len,
                           const struct manifest *manifest, const struct keys *keys)
{
    char signature[SIGNATURE_MAX_OCTETS];
    int octets = store_meta(store, STORE_KEY_SIGNATURE, signature, sizeof signature);

    if (octets < 0)
        return octets;
    return signature_verify(signature, (size_t)octets, text, len, keys, manifest->name,
                            manifest->serial);
}

static int check_records(const struct store *store, const struct manifest *manifest,
                         struct store_index_check *index)
{
    crypto_hash_sha256_state state;
    unsigned char sha256[SHA256_OCTETS];
    uint64_t octets = 0, names = 0;
    unsigned position = 0;
    struct record_copy copy;
    struct record record;
    int r;

    crypto_hash_sha256_init(&state);
    while ((r = store_next(store, &position, &copy, &record)) == 1) {
        char line[TEXT_LINE_MAX];
        size_t len = text_format(&record, line);

        crypto_hash_sha256_update(&state, (unsigned char *)line, len);
        octets += len;
        /* Of more nobody says how many there are. */
        if (++names > manifest->names)
            return E_NAMES_WRONG;
        r = store_index_check_add(index, &record, copy.at);
        if (r < 0)
            break;
    }
    if (r == 0)
        r = store_index_check_end(index);
    if (r < 0)
        return r;
    if (names != manifest->names)
        return E_NAMES_WRONG;
    if (octets != manifest->text_octets)
        return E_SIZE_WRONG;
    crypto_hash_sha256_final(&state, sha256);
    return memcmp(sha256, manifest->text_sha256, sizeof sha256) == 0 ? 0 : E_HASH_WRONG;
}

int store_verify_text(const struct store *store, const struct manifest *manifest)
{
    struct store_index_check *index = NULL;
    int r = store_index_check_open(&index, store, manifest->names);

    if (r == 0)
        r = check_records(store, manifest, index);
    store_index_check_close(index);
    return r;
}

int store_check_public(const struct store *store)
{
    unsigned position = 0;
    struct record_copy copy;
    struct record record;
    int r = 0, more;

    while (r == 0 && (more = store_next(store, &position, &copy, &record)) != 0)
        r = more < 0 ? more : text_check_public(&record);
    return r;
}
