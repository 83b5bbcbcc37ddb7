#include "base/path_open.h"
#include "base/path_rest.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP (O_PATH | O_NOFOLLOW | O_CLOEXEC)
#define NO_OWNER ((uid_t)-1)

struct walk {
    int root;
    int folder; /* where it has come to */
    int flags;
    struct path_rest rest;
    uid_t owner; /* of links that lead to their owner's alone */
    int file;    /* what was wanted; -1: not there yet */
};

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_at_root(const struct walk *walk)
{
    struct stat root, here;

    return fstat(walk->root, &root) == 0 && fstat(walk->folder, &here) == 0 &&
           is_same(&root, &here);
}

static int enter(struct walk *walk, int folder)
{
    if (folder < 0)
        return -errno;
    if (walk->folder >= 0)
        close(walk->folder);
    walk->folder = folder;
    return 0;
}

static int follow(struct walk *walk, int fd, uid_t owner)
{
    int r = path_rest_follow(&walk->rest, fd);

    if (r < 0)
        return r;
    if (owner != 0 && owner != geteuid()) {
        if (walk->owner != NO_OWNER && walk->owner != owner)
            return -EPERM;
        walk->owner = owner;
    }
    return r == 1 ? enter(walk, openat(walk->root, ".", O_PATH | O_CLOEXEC)) : 0;
}

static int open_checked(struct walk *walk, const char *name, const struct stat *seen)
{
    struct stat st;

    if (walk->owner != NO_OWNER && seen->st_uid != walk->owner)
        return -EPERM;
    walk->file = openat(walk->folder, name, walk->flags | O_NOFOLLOW | O_CLOEXEC);
    if (walk->file < 0)
        return -errno;
    /* Meanwhile another may have taken its place. */
    return fstat(walk->file, &st) == 0 && is_same(&st, seen) ? 0 : -ESTALE;
}

static int open_file(struct walk *walk, const char *name, const struct stat *seen)
{
    if (walk->rest.text[0] != '\0' || (walk->flags & O_DIRECTORY) != 0)
        return -ENOTDIR;
    return S_ISREG(seen->st_mode) ? open_checked(walk, name, seen) : -EINVAL;
}

static int open_folder(struct walk *walk)
{
    struct stat st;

    if ((walk->flags & O_DIRECTORY) == 0)
        return -ENOENT;
    return fstat(walk->folder, &st) < 0 ? -errno : open_checked(walk, ".", &st);
}

static int step(struct walk *walk)
{
    char name[NAME_MAX + 1];
    int r = path_rest_take(&walk->rest, name), fd;
    struct stat st;

    if (r < 0)
        return r;
    fd = openat(walk->folder, strcmp(name, "..") == 0 && is_at_root(walk) ? "." : name, STEP);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0)
        r = -errno;
    else if (S_ISDIR(st.st_mode))
        return enter(walk, fd);
    else if (S_ISLNK(st.st_mode))
        r = follow(walk, fd, st.st_uid);
    else
        r = open_file(walk, name, &st);
    close(fd);
    return r;
}

int path_open(int root, const char *path, int flags)
{
    struct walk walk = {.root = root, .folder = -1, .flags = flags, .owner = NO_OWNER, .file = -1};
    int r = enter(&walk, openat(root, ".", O_PATH | O_CLOEXEC));

    if (r == 0)
        r = path_rest_set(&walk.rest, "", path);
    while (r == 0 && walk.file < 0)
        r = walk.rest.text[0] != '\0' ? step(&walk) : open_folder(&walk);
    if (walk.folder >= 0)
        close(walk.folder);
    if (r < 0 && walk.file >= 0)
        close(walk.file);
    return r < 0 ? r : walk.file;
}
