#include "publish/tree.h"
#include "base/error.h"
#include "base/file.h"
#include "base/number.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_FILE ".lock"
/* A clock that is ahead by less does little harm, and a registry of days may well pause for so
 * long. */
#define LATER_LEAST (7 * DAY)

int tree_each(const struct tree *tree, int (*visit)(uint32_t serial, void *context), void *context)
{
    DIR *folder = file_entries(openat(tree->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct dirent *entry;
    int r = 0;

    if (folder == NULL)
        return -errno;
    while (r == 0 && (errno = 0, entry = readdir(folder)) != NULL) {
        uint32_t serial = serial_parse(entry->d_name, strlen(entry->d_name));

        if (serial > 0)
            r = visit(serial, context);
    }
    if (r == 0 && errno != 0)
        r = -errno;
    closedir(folder);
    return r;
}

static int find_highest(uint32_t serial, void *context)
{
    struct tree *tree = context;

    if (serial > tree->highest)
        tree->highest = serial;
    return 0;
}

static int read_head(struct tree *tree, struct problem *problem)
{
    char text[HEAD_MAX_OCTETS];
    int len = owned_read_file(tree->fd, "HEAD", text, sizeof text);

    if (len == -ENOENT)
        return 0;
    if (len < 0 && len != E_FILE_LONG)
        return problem_set(problem, len, "%s/HEAD: %s", tree->path, error_text(len));
    if (len > 0 && text[len - 1] == '\n')
        tree->head = serial_parse(text, (size_t)len - 1);
    return tree->head > 0
               ? 0
               : problem_set(problem, E_TREE_DAMAGED, "%s/HEAD: not a serial", tree->path);
}

/* Of a file that others cannot open: anybody who may read the folder could lock that for ever. It
 * is there during a run alone, since a copy of the folder is a mirror. */
static int take_lock(struct tree *tree, struct problem *problem)
{
    for (;;) {
        int fd = openat(tree->fd, LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), r;

        if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
            r = -errno;
        else
            r = owned_check_still(tree->fd, LOCK_FILE, fd);
        if (r == 0) {
            tree->lock = fd;
            return 0;
        }
        if (fd >= 0)
            close(fd);
        /* Who held it before may have removed it in between. */
        if (fd >= 0 && (r == -ESTALE || r == -ENOENT))
            continue;
        if (r == -EWOULDBLOCK)
            return problem_set(problem, E_TREE_BUSY, "%s: another gitdns-publish is at work in it",
                               tree->path);
        return problem_set(problem, r, "%s/" LOCK_FILE ": %s", tree->path, error_text(r));
    }
}

int tree_open(struct tree *tree, const char *path, struct problem *problem)
{
    int r;

    *tree = (struct tree){.path = path, .fd = -1, .lock = -1};
    r = owned_folder_open(&tree->folder, path, true, problem);
    if (r < 0)
        return r;
    tree->fd = tree->folder.fd;
    r = take_lock(tree, problem);
    if (r < 0)
        return r;
    r = tree_each(tree, find_highest, tree);
    return r < 0 ? problem_set(problem, r, "%s: %s", path, error_text(r))
                 : read_head(tree, problem);
}

void tree_close(struct tree *tree)
{
    if (tree->lock >= 0 && owned_check_still(tree->fd, LOCK_FILE, tree->lock) == 0)
        unlinkat(tree->fd, LOCK_FILE, 0);
    if (tree->folder.made)
        owned_folder_remove(&tree->folder);
    if (tree->lock >= 0)
        close(tree->lock);
    owned_folder_close(&tree->folder);
    tree->fd = tree->lock = -1;
}

static int load_head(struct tree *tree, const struct keys *keys, struct problem *problem)
{
    int r = published_read(tree, tree->head, &tree->last, problem);

    if (r == 0)
        r = published_verify(tree, &tree->last, keys, &tree->signed_by, problem);
    if (r == E_SIGNATURE_KEY)
        problem_set(problem, r, "%s/%" PRIu32 "/manifest.minisig: %s; see --pubkey", tree->path,
                    tree->head, error_text(r));
    return r;
}

struct above {
    struct tree *tree;
    const struct keys *keys;
    const char *registry_name;
};

/* Takes the serial for the last one if it is whole. A rest may be anything, so nothing wrong in it
 * is an error. */
static int look_above(uint32_t serial, void *context)
{
    const struct above *above = context;
    struct tree *tree = above->tree;
    struct problem ignored;
    struct published published;
    struct keys by;
    int fd;

    if (serial <= tree->head || serial <= tree->last.manifest.serial ||
        published_read(tree, serial, &published, &ignored) < 0 ||
        published_verify(tree, &published, above->keys, &by, &ignored) < 0 ||
        strcmp(published.manifest.name, above->registry_name) != 0)
        return 0;
    fd = published_snapshot(tree, &published, &ignored);
    if (fd < 0)
        return 0;
    close(fd);
    tree->last = published;
    tree->signed_by = by;
    return 0;
}

int tree_load(struct tree *tree, const char *registry_name, const struct keys *keys,
              struct problem *problem)
{
    struct above above = {.tree = tree, .keys = keys, .registry_name = registry_name};
    int r = tree->head > 0 ? load_head(tree, keys, problem) : 0;

    if (r < 0)
        return r;
    if (tree->head > 0 && strcmp(tree->last.manifest.name, registry_name) != 0)
        return problem_set(problem, E_TREE_REGISTRY, "%s: holds the registry %s, not %s",
                           tree->path, tree->last.manifest.name, registry_name);
    r = tree_each(tree, look_above, &above);
    return r < 0 ? problem_set(problem, r, "%s: %s", tree->path, error_text(r)) : 0;
}

int tree_check_clock(const struct tree *tree, int64_t now, struct problem *problem)
{
    const struct manifest *last = &tree->last.manifest;
    int64_t validity = last->expires - last->created;
    int64_t most = 2 * validity > LATER_LEAST ? 2 * validity : LATER_LEAST;
    bool earlier = now < last->created;
    char created[TIMESTAMP_OCTETS], clock[TIMESTAMP_OCTETS];

    if (last->serial == 0 || (!earlier && now - last->created <= most))
        return 0;
    timestamp_format(last->created, created);
    timestamp_format(now, clock);
    return problem_set(problem, E_TREE_CLOCK,
                       "%s/%" PRIu32
                       "/manifest: created %s, and this machine's clock says %s, which is %s; set "
                       "the clock, or if it is right now, see --force",
                       tree->path, last->serial, created, clock,
                       earlier ? "earlier: it is slow, or was ahead when that was published"
                               : "far later: it is ahead, or nothing was published for long");
}

uint32_t tree_next(const struct tree *tree)
{
    return (tree->highest > tree->head ? tree->highest : tree->head) + 1;
}

/* After a failure: HEAD may have been renamed already, and only the folder's fsync failed. */
static bool head_is(const struct tree *tree, const char *text, int len)
{
    char head[HEAD_MAX_OCTETS];

    return owned_read_file(tree->fd, "HEAD", head, sizeof head) == len &&
           memcmp(head, text, (size_t)len) == 0;
}

int tree_set_head(struct tree *tree, uint32_t serial, bool *moved, struct problem *problem)
{
    char text[HEAD_MAX_OCTETS];
    int len = snprintf(text, sizeof text, "%" PRIu32 "\n", serial);
    int r = file_replace(tree->fd, "HEAD", text, (size_t)len, 0644);

    *moved = r == 0 || head_is(tree, text, len);
    return r < 0 ? problem_set(problem, r, "%s/HEAD: %s", tree->path, error_text(r)) : 0;
}
