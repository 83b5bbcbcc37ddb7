#include "publish/owned.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path_rest.h"
#include "publish/mounter.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OTHERS_WRITE (S_IWGRP | S_IWOTH)
/* What no shell takes for anything but itself. */
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+,:@%="
#define QUOTED_MAX (PATH_MAX + 2)

static bool is_ours(uid_t user)
{
    struct stat root;

    return user == geteuid() || user == 0 || (stat("/", &root) == 0 && user == root.st_uid);
}

static int check(int fd, mode_t type)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return -errno;
    if ((st.st_mode & S_IFMT) != type)
        return type == S_IFDIR ? -ENOTDIR : S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
    return is_ours(st.st_uid) && (st.st_mode & OTHERS_WRITE) == 0 ? 0 : E_FILE_OTHERS;
}

static int close_unless(int fd, int r)
{
    if (r == 0)
        return fd;
    close(fd);
    return r;
}

int owned_open_folder(int directory, const char *name)
{
    int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    return fd < 0 ? -errno : close_unless(fd, check(fd, S_IFDIR));
}

int owned_open_file(int directory, const char *name, int flags)
{
    int fd = openat(directory, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);

    return fd < 0 ? -errno : close_unless(fd, check(fd, S_IFREG));
}

int owned_read_file(int directory, const char *name, char *out, size_t max)
{
    int fd = owned_open_file(directory, name, O_RDONLY), r;

    if (fd < 0)
        return fd;
    r = file_read_all(fd, out, max);
    close(fd);
    return r;
}

int owned_check_still(int directory, const char *name, int fd)
{
    struct stat ours, there;

    if (fstat(fd, &ours) < 0 || fstatat(directory, name, &there, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    return ours.st_dev == there.st_dev && ours.st_ino == there.st_ino ? 0 : -ESTALE;
}

/* The way to a folder: where it has come to, and what of the path is left. */
struct way {
    struct owned_folder *folder; /* fd: an O_PATH descriptor meanwhile */
    const char *path;            /* as it was given */
    char here[PATH_MAX];         /* of the names that were gone by, without links; empty: root */
    struct path_rest rest;
    bool make;
    struct problem *problem;
};

static int fail(const struct way *way, int code)
{
    return problem_set(way->problem, code, "%s: %s", way->path, error_text(code));
}

/* The path to where `name` leads from where it has come to. Of the names that were gone by, not
 * what the kernel says of the descriptor: who owns a folder in a sticky one may rename it
 * meanwhile. */
static int extend(const struct way *way, const char *name, char where[PATH_MAX])
{
    char *end = strrchr(strcpy(where, way->here), '/');

    if (strcmp(name, "..") == 0 && end != NULL)
        *end = '\0';
    else if (strcmp(name, "..") != 0 && strcmp(name, ".") != 0 &&
             snprintf(where, PATH_MAX, "%s/%s", way->here, name) >= PATH_MAX)
        return fail(way, -ENAMETOOLONG);
    return 0;
}

/* For people and for a shell: of the folder that one works in, others may have chosen the name. */
static const char *quote(const char *where, char text[QUOTED_MAX])
{
    char *p = text;

    if (where[0] == '\0')
        return "/";
    if (where[strspn(where, PLAIN)] == '\0')
        return where;
    *p++ = '\'';
    for (; *where != '\0'; where++)
        *p++ = (char)(*where < ' ' || *where > '~' || *where == '\'' ? '?' : *where);
    strcpy(p, "'");
    return text;
}

/* The command follows no link: in a sticky folder there may be one by now. */
static int refuse_owner(const struct way *way, const char *where, const struct stat *st, bool own)
{
    char text[QUOTED_MAX], owner[sizeof "4294967295"] = "root";

    if (own && geteuid() != 0)
        snprintf(owner, sizeof owner, "%u", (unsigned)geteuid());
    where = quote(where, text);
    return problem_set(way->problem, E_OTHERS,
                       "%s: belongs to user %u, who can change what gets signed; publish as that "
                       "user, or: chown -h %s %s",
                       where, (unsigned)st->st_uid, owner, where);
}

static int refuse_mode(const struct way *way, const char *where, const struct stat *st)
{
    char text[QUOTED_MAX];

    where = quote(where, text);
    return problem_set(way->problem, E_OTHERS,
                       "%s: others may write there (mode %04o), and so change what gets signed; "
                       "mend it: chmod go-w %s",
                       where, (unsigned)st->st_mode & 07777, where);
}

static int check_step(const struct way *way, const char *where, const struct stat *st)
{
    if (!is_ours(st->st_uid))
        return refuse_owner(way, where, st, false);
    if (S_ISDIR(st->st_mode) && (st->st_mode & OTHERS_WRITE) != 0 && (st->st_mode & S_ISVTX) == 0)
        return refuse_mode(way, where, st);
    return 0;
}

/* Before anything is asked of what is there. */
static int check_mount(const struct way *way, const char *where, int fd)
{
    char text[QUOTED_MAX];
    uid_t user;
    int r = mounter_find(fd, &user);

    if (r < 0)
        return fail(way, r);
    if (r == 0 || is_ours(user))
        return 0;
    return problem_set(way->problem, E_OTHERS,
                       "%s: a file system that user %u has mounted, who can change what gets "
                       "signed; publish elsewhere",
                       quote(where, text), (unsigned)user);
}

/* Goes on from the folder `fd`, named `name` in the one before, at `where`. */
static void enter(struct way *way, int fd, const char *name, const char *where)
{
    struct owned_folder *folder = way->folder;

    if (folder->parent >= 0)
        close(folder->parent);
    folder->parent = folder->fd;
    folder->fd = fd;
    snprintf(folder->name, sizeof folder->name, "%s", name);
    strcpy(way->here, where);
}

static int enter_root(struct way *way)
{
    int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return fail(way, -errno);
    enter(way, fd, "/", "");
    return fstat(fd, &st) < 0 ? fail(way, -errno) : check_step(way, "", &st);
}

static int follow(struct way *way, int fd)
{
    int r = path_rest_follow(&way->rest, fd);

    if (r < 0)
        return fail(way, r);
    return r == 1 ? enter_root(way) : 0;
}

/* One component of the path. */
static int step(struct way *way)
{
    struct owned_folder *folder = way->folder;
    char name[NAME_MAX + 1], where[PATH_MAX];
    int r = path_rest_take(&way->rest, name), fd;
    struct stat st;

    if (r < 0)
        return fail(way, r);
    fd = openat(folder->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && way->rest.text[0] == '\0' && way->make) {
        folder->made = mkdirat(folder->fd, name, 0755) == 0;
        if (!folder->made && errno != EEXIST)
            return fail(way, -errno);
        fd = openat(folder->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    }
    if (fd < 0)
        return fail(way, -errno);
    r = extend(way, name, where);
    if (r == 0)
        r = check_mount(way, where, fd);
    if (r == 0)
        r = fstat(fd, &st) < 0 ? fail(way, -errno) : check_step(way, where, &st);
    if (r == 0 && S_ISDIR(st.st_mode)) {
        enter(way, fd, name, where);
        return 0;
    }
    if (r == 0)
        r = S_ISLNK(st.st_mode) ? follow(way, fd) : fail(way, -ENOTDIR);
    close(fd);
    return r;
}

static int set_out(struct way *way)
{
    char here[PATH_MAX] = "";
    int r;

    if (way->path[0] != '/' && getcwd(here, sizeof here) == NULL)
        return fail(way, -errno);
    r = path_rest_set(&way->rest, here, way->path);
    return r == 0 ? enter_root(way) : fail(way, r);
}

/* The last folder: no sticky one will do, and it is to be read. */
static int arrive(struct way *way, bool own)
{
    struct owned_folder *folder = way->folder;
    struct stat st;
    int fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return fail(way, -errno);
    close(folder->fd);
    folder->fd = fd;
    if (fstat(fd, &st) < 0)
        return fail(way, -errno);
    if (own && st.st_uid != geteuid())
        return refuse_owner(way, way->here, &st, true);
    return (st.st_mode & OTHERS_WRITE) != 0 ? refuse_mode(way, way->here, &st) : 0;
}

static int open_folder(struct owned_folder *folder, const char *path, bool make, bool own,
                       struct problem *problem)
{
    struct way way = {.folder = folder, .path = path, .make = make, .problem = problem};
    int r;

    *folder = (struct owned_folder){.fd = -1, .parent = -1};
    r = set_out(&way);
    while (r == 0 && way.rest.text[0] != '\0')
        r = step(&way);
    return r == 0 ? arrive(&way, own) : r;
}

int owned_folder_open(struct owned_folder *folder, const char *path, bool make,
                      struct problem *problem)
{
    return open_folder(folder, path, make, false, problem);
}

int owned_folder_open_own(struct owned_folder *folder, const char *path, bool make,
                          struct problem *problem)
{
    return open_folder(folder, path, make, true, problem);
}

void owned_folder_close(struct owned_folder *folder)
{
    if (folder->parent >= 0)
        close(folder->parent);
    if (folder->fd >= 0)
        close(folder->fd);
    folder->fd = folder->parent = -1;
}

void owned_folder_remove(const struct owned_folder *folder)
{
    if (folder->fd >= 0 && folder->parent >= 0 &&
        owned_check_still(folder->parent, folder->name, folder->fd) == 0)
        unlinkat(folder->parent, folder->name, AT_REMOVEDIR);
}
