#include "mentions/path_open.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As many as Linux itself follows. */
#define LINKS_MAX 40
#define STEP (O_PATH | O_NOFOLLOW | O_CLOEXEC)
#define NO_OWNER ((uid_t)-1)

struct walk {
    int root;
    int folder; /* where it has come to */
    int flags;
    char rest[2 * PATH_MAX];
    unsigned links;
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

/* What the link leads to comes before what is left. */
static int follow(struct walk *walk, int fd, uid_t owner)
{
    char rest[sizeof walk->rest], target[PATH_MAX];
    ssize_t n = readlinkat(fd, "", target, sizeof target - 1);

    if (n < 0)
        return -errno;
    target[n] = '\0';
    if (++walk->links > LINKS_MAX)
        return -ELOOP;
    if (owner != 0 && owner != geteuid()) {
        if (walk->owner != NO_OWNER && walk->owner != owner)
            return -EPERM;
        walk->owner = owner;
    }
    memcpy(rest, walk->rest, sizeof rest);
    if (snprintf(walk->rest, sizeof walk->rest, "%s/%s", target, rest) >= (int)sizeof walk->rest)
        return -ENAMETOOLONG;
    return target[0] == '/' ? enter(walk, openat(walk->root, ".", O_PATH | O_CLOEXEC)) : 0;
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
    if (walk->rest[0] != '\0' || (walk->flags & O_DIRECTORY) != 0)
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

static int step(struct walk *walk, const char *name)
{
    bool stays = strcmp(name, "..") == 0 && is_at_root(walk);
    int fd = openat(walk->folder, stays ? "." : name, STEP), r;
    struct stat st;

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

/* Takes the first part off the rest; empty: there is none. */
static int take(struct walk *walk, char name[NAME_MAX + 1])
{
    const char *from = walk->rest + strspn(walk->rest, "/");
    size_t len = strcspn(from, "/");

    if (len > NAME_MAX)
        return -ENAMETOOLONG;
    memcpy(name, from, len);
    name[len] = '\0';
    from += len;
    from += strspn(from, "/");
    memmove(walk->rest, from, strlen(from) + 1);
    return 0;
}

int path_open(int root, const char *path, int flags)
{
    struct walk walk = {.root = root, .folder = -1, .flags = flags, .owner = NO_OWNER, .file = -1};
    char name[NAME_MAX + 1];
    int r = enter(&walk, openat(root, ".", O_PATH | O_CLOEXEC));

    if (r == 0 && snprintf(walk.rest, sizeof walk.rest, "%s", path) >= (int)sizeof walk.rest)
        r = -ENAMETOOLONG;
    while (r == 0 && walk.file < 0 && (r = take(&walk, name)) == 0)
        r = name[0] != '\0' ? step(&walk, name) : open_folder(&walk);
    if (walk.folder >= 0)
        close(walk.folder);
    if (r < 0 && walk.file >= 0)
        close(walk.file);
    return r < 0 ? r : walk.file;
}
