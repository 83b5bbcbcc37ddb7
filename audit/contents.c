#include "audit/contents.h"
#include "base/error.h"
#include "registry/crowding.h"
#include "registry/delta.h"
#include "registry/gunzip.h"
#include "registry/name.h"
#include "registry/text.h"
#include <cdb.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

/* From the file's first octet. */
static int open_first(struct gunzip **reader, int fd, uint64_t limit, bool hashed)
{
    if (lseek(fd, 0, SEEK_SET) < 0)
        return -errno;
    return gunzip_open(reader, fd, limit, hashed);
}

static int check_result(const struct manifest *manifest, uint64_t names, uint64_t octets,
                        const unsigned char *sha256)
{
    if (names != manifest->names)
        return E_NAMES_WRONG;
    if (octets != manifest->text_octets)
        return E_SIZE_WRONG;
    return memcmp(sha256, manifest->text_sha256, SHA256_OCTETS) == 0 ? 0 : E_HASH_WRONG;
}

int contents_check_text(int fd, const struct manifest *manifest, bool private, bool *special,
                        uint64_t *line)
{
    struct text_reader text = {.private = private};
    unsigned char sha256[SHA256_OCTETS];
    struct crowding crowding = {0};
    struct gunzip *gunzip = NULL;
    struct record record;
    const char *octets;
    uint64_t names = 0;
    size_t len;
    int r = open_first(&gunzip, fd, manifest->text_octets, true), more;

    *line = 0;
    *special = false;
    while (r == 0 && (more = gunzip_line(gunzip, &octets, &len)) != 0) {
        *line = ++names;
        r = more < 0 ? more : text_parse(&text, octets, len, &record);
        if (r == 0 && private && !*special)
            *special = text_check_public(&record) < 0;
        if (r == 0)
            r = crowding_add(&crowding, cdb_hash(record.name, record.name_len));
    }
    if (r == 0) {
        uint64_t total = gunzip_finish(gunzip, sha256);

        *line = 0;
        r = check_result(manifest, names, total, sha256);
    }
    if (r == 0)
        r = crowding_check(&crowding);
    crowding_free(&crowding);
    gunzip_close(gunzip);
    return r;
}

/* The base's lines under a delta's. */
struct merge {
    struct gunzip *base;
    const char *line; /* the first that has not been passed on */
    size_t len;
    size_t name_len;
    bool ended;
    uint64_t names;
    uint64_t octets;
    crypto_hash_sha256_state sha256;
};

static int advance(struct merge *merge)
{
    const char *blank;
    int r = gunzip_line(merge->base, &merge->line, &merge->len);

    merge->ended = r == 0;
    if (r <= 0)
        return r;
    blank = memchr(merge->line, ' ', merge->len);
    merge->name_len = blank != NULL ? (size_t)(blank - merge->line) : merge->len;
    return name_check(merge->line, merge->name_len);
}

static void pass_on(struct merge *merge, const char *line, size_t len)
{
    merge->names++;
    merge->octets += len + 1;
    crypto_hash_sha256_update(&merge->sha256, (const unsigned char *)line, len);
    crypto_hash_sha256_update(&merge->sha256, (const unsigned char *)"\n", 1);
}

static int pass_on_base(struct merge *merge)
{
    pass_on(merge, merge->line, merge->len);
    return advance(merge);
}

static int merge_line(struct merge *merge, const struct record *record, const char *line,
                      size_t len)
{
    bool removes = record->n4 + record->n6 == 0;
    int order = 1, r = 0;

    while (r == 0 && !merge->ended &&
           (order = name_compare(merge->line, merge->name_len, record->name, record->name_len)) < 0)
        r = pass_on_base(merge);
    if (r < 0)
        return r;
    if (!merge->ended && order == 0)
        r = advance(merge);
    else if (removes)
        r = E_DELTA_MISSING;
    if (r == 0 && !removes)
        pass_on(merge, line, len);
    return r;
}

int contents_check_delta(int fd, int base, uint64_t base_octets, const struct manifest *manifest,
                         bool private, uint64_t *line)
{
    struct text_reader text = {.private = private};
    unsigned char sha256[SHA256_OCTETS];
    struct merge merge = {.ended = false};
    struct gunzip *delta = NULL;
    struct record record;
    const char *octets;
    size_t len;
    int r = open_first(&merge.base, base, base_octets, false), more;

    *line = 0;
    crypto_hash_sha256_init(&merge.sha256);
    if (r == 0)
        r = open_first(&delta, fd, base_octets + manifest->text_octets, false);
    if (r == 0)
        r = advance(&merge);
    while (r == 0 && (more = gunzip_line(delta, &octets, &len)) != 0) {
        ++*line;
        r = more < 0 ? more : delta_parse(&text, octets, len, &record);
        if (r == 0)
            r = merge_line(&merge, &record, octets, len);
    }
    if (r == 0)
        *line = 0;
    while (r == 0 && !merge.ended)
        r = pass_on_base(&merge);
    crypto_hash_sha256_final(&merge.sha256, sha256);
    if (r == 0)
        r = check_result(manifest, merge.names, merge.octets, sha256);
    gunzip_close(delta);
    gunzip_close(merge.base);
    return r;
}
