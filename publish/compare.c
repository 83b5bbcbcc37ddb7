#include "publish/compare.h"
#include "publish/stop.h"
#include "registry/error.h"
#include "registry/gunzip.h"
#include "registry/name.h"
#include "registry/text.h"
#include <stdbool.h>
#include <string.h>

/* The walk through the new records, and the one that the merge stands at. */
struct front {
    const struct records *records;
    struct records_walk walk;
    struct record record;
    bool ended;
};

static void advance(struct front *front)
{
    front->ended = records_next(front->records, &front->walk, &front->record) == 0;
}

static bool same(const struct record *a, const struct record *b)
{
    return a->n4 == b->n4 && a->n6 == b->n6 && a->cname_len == b->cname_len &&
           memcmp(a->ipv4, b->ipv4, 4 * a->n4) == 0 && memcmp(a->ipv6, b->ipv6, 16 * a->n6) == 0 &&
           (a->cname_len == 0 || memcmp(a->cname, b->cname, a->cname_len) == 0);
}

/* Takes the next old record into account, and all new ones up to its name. */
static void merge(struct front *front, const struct record *old, struct difference *difference)
{
    int order = 1;

    while (!front->ended && (order = name_compare(front->record.name, front->record.name_len,
                                                  old->name, old->name_len)) < 0) {
        difference->added++;
        advance(front);
    }
    if (front->ended || order > 0) {
        difference->removed++;
        return;
    }
    difference->changed += !same(&front->record, old);
    advance(front);
}

static int check_sums(struct gunzip *gunzip, const struct manifest *manifest, uint64_t names)
{
    unsigned char sha256[SHA256_OCTETS];

    if (gunzip_finish(gunzip, sha256) != manifest->text_octets)
        return E_SIZE_WRONG;
    if (memcmp(sha256, manifest->text_sha256, SHA256_OCTETS) != 0)
        return E_HASH_WRONG;
    return names == manifest->names ? 0 : E_NAMES_WRONG;
}

int compare_snapshot(int fd, const struct manifest *manifest, const struct records *records,
                     struct shares *shares, struct difference *difference)
{
    /* Our own signature vouches for it; whether it was a private registry is no question here. */
    struct text_reader reader = {.private = true};
    struct front front = {.records = records};
    struct gunzip *gunzip = NULL;
    struct record old;
    const char *line;
    uint64_t names = 0;
    size_t len;
    int r = gunzip_open(&gunzip, fd, manifest->text_octets);

    *difference = (struct difference){0};
    if (r < 0)
        return r;
    advance(&front);
    while ((r = gunzip_line(gunzip, &line, &len)) > 0) {
        r = stop_requested() ? E_STOPPED : text_parse(&reader, line, len, &old);
        if (r < 0)
            goto out;
        shares_count_before(shares, &old);
        merge(&front, &old, difference);
        names++;
    }
    if (r == 0)
        r = check_sums(gunzip, manifest, names);
    for (; !front.ended; advance(&front))
        difference->added++;
out:
    gunzip_close(gunzip);
    return r;
}
