#include "publish/serial_chain.h"
#include "base/base.h"
#include "base/error.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int check_page(const struct tree *tree, const struct page *page,
                      const unsigned char sha256[SHA256_OCTETS], const struct keys *keys,
                      struct history *history, struct problem *problem)
{
    struct keys by;
    int r;

    if (memcmp(page->sha256, sha256, SHA256_OCTETS) != 0)
        return problem_set(problem, E_HASH_WRONG,
                           "%s/%" PRIu32 "/manifest: not the one that later serials are built on",
                           tree->path, page->manifest.serial);
    r = page_verify(tree, page, keys, &by, problem);
    if (r < 0 && r != E_SIGNATURE_KEY && r != -ENOENT)
        return r;
    r = page_deltas(tree, page, false, problem);
    if (r < 0 || history->count == HISTORY_SNAPSHOTS)
        return r;
    r = page_snapshot(tree, page, problem);
    if (r < 0)
        return r != -ENOENT ? r : 0;
    close(r);
    history->serial[history->count++] = page->manifest.serial;
    return 0;
}

int history_check(const struct tree *tree, const struct keys *keys, struct history *history,
                  struct problem *problem)
{
    uint32_t serial = tree->last.manifest.parent;
    unsigned char sha256[SHA256_OCTETS];
    struct page page;
    int r = 0;

    history->count = 0;
    if (tree->last.manifest.serial > 0) {
        history->serial[history->count++] = tree->last.manifest.serial;
        r = page_deltas(tree, &tree->last, true, problem);
    }
    memcpy(sha256, tree->last.manifest.parent_sha256, SHA256_OCTETS);
    while (r == 0 && serial > 0) {
        r = page_read(tree, serial, &page, problem);
        if (r == -ENOENT)
            return 0;
        if (r == 0)
            r = check_page(tree, &page, sha256, keys, history, problem);
        serial = page.manifest.parent;
        memcpy(sha256, page.manifest.parent_sha256, SHA256_OCTETS);
    }
    return r;
}

struct prune {
    const struct tree *tree;
    uint32_t snapshots_from; /* the lowest serial that keeps its snapshot */
    uint32_t deltas_from;
    struct problem *problem;
};

static int remove_file(const struct prune *prune, const char *path)
{
    if (unlinkat(prune->tree->fd, path, 0) == 0 || errno == ENOENT || errno == ENOTDIR)
        return 0;
    return problem_set(prune->problem, -errno, "%s/%s: %s", prune->tree->path, path,
                       error_text(-errno));
}

/* The names of a serial's deltas stand in its manifest. */
static int remove_deltas(const struct prune *prune, uint32_t serial)
{
    char path[sizeof "4294967295/delta-4294967295.gz"];
    struct problem ignored;
    struct page page;
    int r = 0;

    if (page_read(prune->tree, serial, &page, &ignored) < 0)
        return 0;
    for (unsigned i = 0; i < page.manifest.deltas && r == 0; i++) {
        snprintf(path, sizeof path, "%" PRIu32 "/delta-%" PRIu32 ".gz", serial,
                 page.manifest.delta[i].base);
        r = remove_file(prune, path);
    }
    return r;
}

static int prune_one(uint32_t serial, void *context)
{
    const struct prune *prune = context;
    char path[sizeof "4294967295/snapshot.gz"];
    int r = 0;

    if (serial < prune->deltas_from)
        r = remove_deltas(prune, serial);
    if (r < 0 || serial >= prune->snapshots_from)
        return r;
    snprintf(path, sizeof path, "%" PRIu32 "/snapshot.gz", serial);
    return remove_file(prune, path);
}

int history_prune(const struct tree *tree, const struct history *history, struct problem *problem)
{
    struct prune prune = {.tree = tree, .problem = problem};

    if (history->count > 0)
        prune.deltas_from = history->serial[0];
    /* The new serial is one of those that are kept. */
    if (history->count == HISTORY_SNAPSHOTS)
        prune.snapshots_from = history->serial[HISTORY_SNAPSHOTS - 2];
    return tree_each(tree, prune_one, &prune);
}
