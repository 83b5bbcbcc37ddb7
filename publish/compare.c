#include "publish/compare.h"
#include "base/base.h"
#include "base/error.h"
#include "publish/stop.h"
#include "registry/gunzip.h"
#include "registry/name.h"
#include "registry/text.h"
#include <stdbool.h>
#include <string.h>

/* The walk through the new records, and the one that the merge stands at. */
struct front {
    const struct records *records;
    const struct compare_visitor *visitor;
    struct records_walk walk;
    struct record record;
    bool ended;
};

static void advance(struct front *front)
{
    front->ended = records_next(front->records, &front->walk, &front->record) == 0;
}

static int put(struct front *front)
{
    const struct compare_visitor *visitor = front->visitor;
    int r = visitor->put != NULL ? visitor->put(visitor->user, &front->record) : 0;

    advance(front);
    return r;
}

/* Takes the next old record into account, and all new ones up to its name. */
static int merge(struct front *front, const struct record *old, struct difference *difference)
{
    const struct compare_visitor *visitor = front->visitor;
    int order = 1, r = 0;

    if (visitor->old != NULL)
        visitor->old(visitor->user, old);
    while (r == 0 && !front->ended &&
           (order = name_compare(front->record.name, front->record.name_len, old->name,
                                 old->name_len)) < 0) {
        difference->added++;
        r = put(front);
    }
    if (r < 0)
        return r;
    if (front->ended || order > 0) {
        difference->removed++;
        return visitor->removed != NULL ? visitor->removed(visitor->user, old) : 0;
    }
    if (!record_same(&front->record, old)) {
        difference->changed++;
        return put(front);
    }
    advance(front);
    return 0;
}

int compare_sums(struct gunzip *gunzip, const struct manifest *manifest, uint64_t names)
{
    unsigned char sha256[SHA256_OCTETS];

    if (gunzip_finish(gunzip, sha256) != manifest->text_octets)
        return E_SIZE_WRONG;
    if (memcmp(sha256, manifest->text_sha256, SHA256_OCTETS) != 0)
        return E_HASH_WRONG;
    return names == manifest->names ? 0 : E_NAMES_WRONG;
}

/* Merges all old records in; returns as compare_snapshot. */
static int merge_all(struct gunzip *gunzip, struct front *front, const struct manifest *manifest,
                     struct difference *difference)
{
    /* Our own signature vouches for it; whether it was a private registry is no question here. */
    struct text_reader reader = {.private = true};
    struct record old;
    const char *line;
    uint64_t names = 0;
    size_t len;
    int r;

    while ((r = gunzip_line(gunzip, &line, &len)) > 0) {
        r = stop_requested() ? E_STOPPED : text_parse(&reader, line, len, &old);
        if (r == 0)
            r = merge(front, &old, difference);
        if (r < 0)
            return r;
        names++;
    }
    return r == 0 ? compare_sums(gunzip, manifest, names) : r;
}

int compare_snapshot(int fd, const struct manifest *manifest, const struct records *records,
                     const struct compare_visitor *visitor, struct difference *difference)
{
    struct front front = {.records = records, .visitor = visitor};
    struct gunzip *gunzip = NULL;
    int r = gunzip_open(&gunzip, fd, manifest->text_octets, true);

    *difference = (struct difference){0};
    if (r < 0)
        return r;
    advance(&front);
    r = merge_all(gunzip, &front, manifest, difference);
    while (r == 0 && !front.ended) {
        difference->added++;
        r = put(&front);
    }
    gunzip_close(gunzip);
    return r;
}
