#include "publish/serial_chain.h"
#include "base/base.h"
#include "base/error.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int check_published(const struct tree *tree, const struct published *published,
                           const unsigned char sha256[SHA256_OCTETS], const struct keys *keys,
                           struct serial_chain *chain, struct problem *problem)
{
    struct keys by;
    int r;

    if (memcmp(published->sha256, sha256, SHA256_OCTETS) != 0)
        return problem_set(problem, E_HASH_WRONG,
                           "%s/%" PRIu32 "/manifest: not the one that later serials are built on",
                           tree->path, published->manifest.serial);
    r = published_verify(tree, published, keys, &by, problem);
    if (r < 0 && r != E_SIGNATURE_KEY && r != -ENOENT)
        return r;
    r = published_deltas(tree, published, false, problem);
    if (r < 0 || chain->count == SERIAL_CHAIN_SNAPSHOTS)
        return r;
    r = published_snapshot(tree, published, problem);
    if (r < 0)
        return r != -ENOENT ? r : 0;
    close(r);
    chain->serial[chain->count++] = published->manifest.serial;
    return 0;
}

int serial_chain_check(const struct tree *tree, const struct keys *keys, struct serial_chain *chain,
                       struct problem *problem)
{
    uint32_t serial = tree->last.manifest.parent;
    unsigned char sha256[SHA256_OCTETS];
    struct published published;
    int r = 0;

    chain->count = 0;
    if (tree->last.manifest.serial > 0) {
        chain->serial[chain->count++] = tree->last.manifest.serial;
        r = published_deltas(tree, &tree->last, true, problem);
    }
    memcpy(sha256, tree->last.manifest.parent_sha256, SHA256_OCTETS);
    while (r == 0 && serial > 0) {
        r = published_read(tree, serial, &published, problem);
        if (r == -ENOENT)
            return 0;
        if (r == 0)
            r = check_published(tree, &published, sha256, keys, chain, problem);
        serial = published.manifest.parent;
        memcpy(sha256, published.manifest.parent_sha256, SHA256_OCTETS);
    }
    return r;
}

struct prune {
    const struct tree *tree;
    uint32_t snapshots_from; /* the lowest serial that keeps its snapshot */
    uint32_t deltas_from;
    struct problem *problem;
};

static int remove_file(const struct prune *prune, uint32_t serial, int folder, const char *file)
{
    if (unlinkat(folder, file, 0) == 0 || errno == ENOENT)
        return 0;
    return problem_set(prune->problem, -errno, "%s/%" PRIu32 "/%s: %s", prune->tree->path, serial,
                       file, error_text(-errno));
}

/* The names of a serial's deltas stand in its manifest. That from the serial before it tells people
 * what changed, and stays for as long as the snapshot. */
static int remove_deltas(const struct prune *prune, uint32_t serial, int folder)
{
    char file[sizeof "delta-4294967295.gz"];
    struct problem ignored;
    struct published published;
    int r = 0;

    if (published_read(prune->tree, serial, &published, &ignored) < 0)
        return 0;
    for (unsigned i = 0; i < published.manifest.deltas && r == 0; i++) {
        uint32_t base = published.manifest.delta[i].base;

        if (base == published.manifest.parent && serial >= prune->snapshots_from)
            continue;
        snprintf(file, sizeof file, "delta-%" PRIu32 ".gz", base);
        r = remove_file(prune, serial, folder, file);
    }
    return r;
}

/* What is no folder of ours is none of a serial that was published: it is let be. */
static int prune_one(uint32_t serial, void *context)
{
    const struct prune *prune = context;
    int folder = published_folder(prune->tree, serial), r = 0;

    if (folder < 0)
        return 0;
    if (serial < prune->deltas_from)
        r = remove_deltas(prune, serial, folder);
    if (r == 0 && serial < prune->snapshots_from)
        r = remove_file(prune, serial, folder, "snapshot.gz");
    close(folder);
    return r;
}

int serial_chain_prune(const struct tree *tree, const struct serial_chain *chain,
                       struct problem *problem)
{
    struct prune prune = {.tree = tree, .problem = problem};

    if (chain->count > 0)
        prune.deltas_from = chain->serial[0];
    /* The new serial is one of those that are kept. */
    if (chain->count == SERIAL_CHAIN_SNAPSHOTS)
        prune.snapshots_from = chain->serial[SERIAL_CHAIN_SNAPSHOTS - 2];
    return tree_each(tree, prune_one, &prune);
}
