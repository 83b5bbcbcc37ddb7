#include "publish/history.h"
#include "registry/error.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int check_page(const struct tree *tree, const struct page *page,
                      const unsigned char sha256[SHA256_OCTETS], const struct keys *keys,
                      bool snapshot, struct problem *problem)
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
    if (!snapshot)
        return 0;
    r = page_snapshot(tree, page, problem);
    if (r >= 0)
        close(r);
    return r < 0 && r != -ENOENT ? r : 0;
}

int history_check(const struct tree *tree, const struct keys *keys, uint32_t *keep_from,
                  struct problem *problem)
{
    uint32_t serial = tree->last.manifest.parent;
    unsigned char sha256[SHA256_OCTETS];
    struct page page;
    int r = 0;

    *keep_from = 0;
    memcpy(sha256, tree->last.manifest.parent_sha256, SHA256_OCTETS);
    for (unsigned depth = 1; serial > 0; depth++) {
        r = page_read(tree, serial, &page, problem);
        if (r == -ENOENT)
            return 0;
        if (r == 0)
            r = check_page(tree, &page, sha256, keys, depth < HISTORY_SNAPSHOTS, problem);
        if (r < 0)
            return r;
        /* The new serial and `depth` + 1 others. */
        if (depth + 2 == HISTORY_SNAPSHOTS)
            *keep_from = serial;
        serial = page.manifest.parent;
        memcpy(sha256, page.manifest.parent_sha256, SHA256_OCTETS);
    }
    return 0;
}

struct prune {
    const struct tree *tree;
    uint32_t keep_from;
    struct problem *problem;
};

static int prune_one(uint32_t serial, void *context)
{
    const struct prune *prune = context;
    char path[sizeof "4294967295/snapshot.gz"];

    if (serial >= prune->keep_from)
        return 0;
    snprintf(path, sizeof path, "%" PRIu32 "/snapshot.gz", serial);
    if (unlinkat(prune->tree->fd, path, 0) == 0 || errno == ENOENT || errno == ENOTDIR)
        return 0;
    return problem_set(prune->problem, -errno, "%s/%s: %s", prune->tree->path, path,
                       error_text(-errno));
}

int history_prune(const struct tree *tree, uint32_t keep_from, struct problem *problem)
{
    struct prune prune = {.tree = tree, .keep_from = keep_from, .problem = problem};

    return tree_each(tree, prune_one, &prune);
}
