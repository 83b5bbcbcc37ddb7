#include "publish/published.h"
#include "base/base.h"
#include "base/error.h"
#include "base/file.h"
#include "publish/owned.h"
#include "publish/tree.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME_MAX 64
#define SIGNATURE "manifest.minisig"

static int fail(const struct tree *tree, uint32_t serial, const char *file, int code,
                struct problem *problem)
{
    return problem_set(problem, code, "%s/%" PRIu32 "/%s: %s", tree->path, serial, file,
                       error_text(code));
}

int published_folder(const struct tree *tree, uint32_t serial)
{
    char name[sizeof "4294967295"];

    snprintf(name, sizeof name, "%" PRIu32, serial);
    return owned_open_folder(tree->fd, name);
}

static int read_file(const struct tree *tree, uint32_t serial, const char *file, char *out,
                     size_t max)
{
    int folder = published_folder(tree, serial), r = folder;

    if (folder >= 0) {
        r = owned_read_file(folder, file, out, max);
        close(folder);
    }
    return r;
}

int published_read(const struct tree *tree, uint32_t serial, struct published *published,
                   struct problem *problem)
{
    unsigned line;
    int r;

    r = read_file(tree, serial, "manifest", published->text, sizeof published->text);
    if (r < 0)
        return fail(tree, serial, "manifest", r, problem);
    published->len = (size_t)r;
    crypto_hash_sha256(published->sha256, (const unsigned char *)published->text, published->len);
    r = manifest_parse(published->text, published->len, &published->manifest, &line);
    if (r < 0)
        return problem_set(problem, r, "%s/%" PRIu32 "/manifest:%u: %s", tree->path, serial, line,
                           error_text(r));
    if (published->manifest.serial != serial)
        return problem_set(problem, E_TREE_DAMAGED,
                           "%s/%" PRIu32 "/manifest: describes serial %" PRIu32, tree->path, serial,
                           published->manifest.serial);
    return 0;
}

static int verify_file(const struct tree *tree, const struct published *published, const char *file,
                       const struct keys *keys)
{
    char signature[SIGNATURE_MAX_OCTETS];
    int len = read_file(tree, published->manifest.serial, file, signature, sizeof signature);

    if (len < 0)
        return len;
    return signature_verify(signature, (size_t)len, published->text, published->len, keys,
                            published->manifest.name, published->manifest.serial);
}

int published_verify(const struct tree *tree, const struct published *published,
                     const struct keys *keys, struct keys *signed_by, struct problem *problem)
{
    uint32_t serial = published->manifest.serial;
    int r = verify_file(tree, published, SIGNATURE, keys);

    signed_by->count = 0;
    if (r < 0 && r != E_SIGNATURE_KEY)
        return fail(tree, serial, SIGNATURE, r, problem);
    for (unsigned i = 0; i < keys->count; i++) {
        struct keys one = {.count = 1, .key = {keys->key[i]}};
        char id[KEY_ID_TEXT], file[FILE_NAME_MAX] = SIGNATURE;

        r = verify_file(tree, published, SIGNATURE, &one);
        if (r == E_SIGNATURE_KEY) {
            key_id_format(&keys->key[i], id);
            snprintf(file, sizeof file, "manifest.%s.minisig", id);
            r = verify_file(tree, published, file, &one);
            if (r == -ENOENT)
                continue;
        }
        if (r < 0)
            return fail(tree, serial, file, r, problem);
        signed_by->key[signed_by->count++] = keys->key[i];
    }
    return signed_by->count > 0 ? 0 : fail(tree, serial, SIGNATURE, E_SIGNATURE_KEY, problem);
}

static int check_sums(int fd, uint64_t size, const unsigned char hash[SHA256_OCTETS])
{
    unsigned char sha256[SHA256_OCTETS];
    uint64_t octets;
    int r = file_sha256(fd, &octets, sha256);

    if (r < 0)
        return r;
    if (octets != size)
        return E_SIZE_WRONG;
    if (memcmp(sha256, hash, SHA256_OCTETS) != 0)
        return E_HASH_WRONG;
    return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

/* Opens one of the serial's payloads once it has turned out to be whole. */
static int open_payload(const struct tree *tree, const struct published *published,
                        const char *file, uint64_t size, const unsigned char hash[SHA256_OCTETS],
                        struct problem *problem)
{
    int folder = published_folder(tree, published->manifest.serial), fd = folder, r;

    if (folder >= 0) {
        fd = owned_open_file(folder, file, O_RDONLY);
        close(folder);
    }
    r = fd < 0 ? fd : check_sums(fd, size, hash);
    if (r == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return fail(tree, published->manifest.serial, file, r, problem);
}

int published_snapshot(const struct tree *tree, const struct published *published,
                       struct problem *problem)
{
    return open_payload(tree, published, "snapshot.gz", published->manifest.snapshot_octets,
                        published->manifest.snapshot_sha256, problem);
}

int published_deltas(const struct tree *tree, const struct published *published, bool needed,
                     struct problem *problem)
{
    for (unsigned i = 0; i < published->manifest.deltas; i++) {
        const struct manifest_delta *delta = &published->manifest.delta[i];
        char file[sizeof "delta-4294967295.gz"];
        int fd;

        snprintf(file, sizeof file, "delta-%" PRIu32 ".gz", delta->base);
        fd = open_payload(tree, published, file, delta->octets, delta->sha256, problem);
        if (fd >= 0)
            close(fd);
        else if (fd != -ENOENT || needed)
            return fd;
    }
    return 0;
}
