#include "publish/deltas.h"
#include "base/base.h"
#include "publish/compare.h"
#include "publish/payload.h"
#include "registry/delta.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_OCTETS sizeof "delta-4294967295.gz"

static int put(void *user, const struct record *record)
{
    char line[TEXT_LINE_MAX];

    return payload_add(user, line, text_format(record, line));
}

static int removed(void *user, const struct record *record)
{
    char line[TEXT_LINE_MAX];

    return payload_add(user, line, delta_format_removal(record, line));
}

/* Writes what leads from the snapshot `from` of the base's manifest to the records. */
static int write_delta(int fd, int from, const struct manifest *base, const struct records *records,
                       struct payload_sums *sums)
{
    struct payload *payload = NULL;
    struct difference difference;
    int r = payload_open(&payload, fd);

    if (r == 0) {
        const struct compare_visitor visitor = {.put = put, .removed = removed, .user = payload};

        r = compare_snapshot(from, base, records, &visitor, &difference);
    }
    if (r == 0)
        r = payload_finish(payload, sums);
    payload_close(payload);
    return r;
}

static int add_delta(struct draft *draft, const struct published *base, int from,
                     const struct records *records, struct manifest *manifest,
                     struct problem *problem)
{
    struct manifest_delta *delta = &manifest->delta[manifest->deltas];
    struct payload_sums sums;
    char file[FILE_OCTETS];
    int fd, r;

    snprintf(file, sizeof file, "delta-%" PRIu32 ".gz", base->manifest.serial);
    fd = draft_create(draft, file);
    if (fd < 0)
        return draft_problem(draft, file, fd, problem);
    r = write_delta(fd, from, &base->manifest, records, &sums);
    close(fd);
    if (r < 0)
        return draft_problem(draft, file, r, problem);
    if (sums.octets > manifest->snapshot_octets / 2) {
        r = draft_remove_last(draft);
        return r < 0 ? draft_problem(draft, file, r, problem) : 0;
    }
    delta->base = base->manifest.serial;
    delta->octets = sums.octets;
    memcpy(delta->sha256, sums.sha256, SHA256_OCTETS);
    manifest->deltas++;
    return 0;
}

int deltas_write(struct draft *draft, const struct serial_chain *chain,
                 const struct records *records, struct manifest *manifest, struct problem *problem)
{
    int r = 0;

    for (unsigned i = 0; i < chain->count && r == 0; i++) {
        struct published base;
        int from;

        r = published_read(draft->tree, chain->serial[i], &base, problem);
        if (r < 0)
            return r;
        from = published_snapshot(draft->tree, &base, problem);
        if (from < 0)
            return from;
        r = add_delta(draft, &base, from, records, manifest, problem);
        close(from);
    }
    return r;
}
