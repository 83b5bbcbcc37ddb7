#include "push/to_path.h"
#include "base/error.h"
#include "base/file.h"
#include "push/push.h"
#include "push/push_lock.h"
#include "registry/manifest.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each file is written here first. */
#define UNFINISHED ".push.new"

enum { PART = 65536 };

static int fail(struct push *push, int code, const char *path)
{
    return remote_fail(push, code, "%s: %s", path, error_text(code));
}

static int open_path(struct push *push)
{
    struct stat here, there;

    if (mkdir(push->remote->place, 0755) < 0 && errno != EEXIST)
        return fail(push, -errno, "mkdir");
    push->fd = open(push->remote->place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (push->fd < 0)
        return fail(push, -errno, "open");
    if (fstat(push->fd, &there) == 0 && fstat(push->local->fd, &here) == 0 &&
        here.st_dev == there.st_dev && here.st_ino == there.st_ino)
        return remote_fail(push, -EINVAL, "it is the folder that is to be pushed");
    push->lock = push_lock_take(push->fd, push->remote->place, push->fault);
    return push->lock < 0 ? push->lock : 0;
}

static void close_path(struct push *push)
{
    push_lock_release(push->fd, push->lock);
    if (push->fd >= 0)
        close(push->fd);
}

/* Adds a file of the folder; `folder`: its name and a slash, or nothing. */
static int add_file(const char *folder, const char *name, const struct stat *status,
                    struct file_list *list)
{
    char path[2 * NAME_MAX + sizeof "/"];

    snprintf(path, sizeof path, "%s%s", folder, name);
    return S_ISREG(status->st_mode) ? file_list_add_path(list, path, (uint64_t)status->st_size) : 0;
}

static int list_serial(struct push *push, const char *name, struct file_list *list)
{
    DIR *entries =
        file_entries(openat(push->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    char folder[NAME_MAX + sizeof "/"];
    struct dirent *entry;
    int r = 0;

    if (entries == NULL)
        return fail(push, -errno, name);
    snprintf(folder, sizeof folder, "%s/", name);
    while (r == 0 && (errno = 0, entry = readdir(entries)) != NULL) {
        struct stat status;

        if (fstatat(dirfd(entries), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            r = add_file(folder, entry->d_name, &status, list);
    }
    if (r == 0 && errno != 0)
        r = -errno;
    closedir(entries);
    return r < 0 ? fail(push, r, name) : 0;
}

static int list_path(struct push *push, struct file_list *list)
{
    DIR *entries = file_entries(openat(push->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct dirent *entry;
    int r = 0;

    if (entries == NULL)
        return fail(push, -errno, "opendir");
    while (r == 0 && (errno = 0, entry = readdir(entries)) != NULL) {
        const char *name = entry->d_name;
        struct stat status;

        if (fstatat(push->fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (S_ISDIR(status.st_mode) && serial_parse(name, strlen(name)) > 0)
            r = list_serial(push, name, list);
        else
            r = add_file("", name, &status, list);
    }
    if (r == 0 && errno != 0)
        r = fail(push, -errno, "readdir");
    closedir(entries);
    return r;
}

static int read_path(struct push *push, const char *path, char *out, size_t max)
{
    int r = file_read_unlinked(push->fd, path, out, max);

    return r < 0 ? fail(push, r, path) : r;
}

static int copy_octets(struct push *push, int from, int to)
{
    static char part[PART];

    for (;;) {
        ssize_t len = read(from, part, sizeof part);
        int r;

        if (len <= 0)
            return len < 0 ? -errno : 0;
        r = file_write_all(to, part, (size_t)len);
        if (r < 0)
            return r;
        atomic_fetch_add(&push->progress->done, (uint64_t)len);
    }
}

/* Copies to the unfinished file, which lasts once this returns 0; with its time, so that mirrors
 * agree on it. */
static int copy_file(struct push *push, const char *path)
{
    int from = openat(push->local->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), to, r;
    struct stat status;

    if (from < 0)
        return -errno;
    unlinkat(push->fd, UNFINISHED, 0);
    to = openat(push->fd, UNFINISHED, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    r = to < 0 ? -errno : copy_octets(push, from, to);
    if (r == 0 && fstat(from, &status) == 0)
        futimens(to, (struct timespec[]){status.st_mtim, status.st_mtim});
    if (r == 0 && fsync(to) < 0)
        r = -errno;
    if (to >= 0 && close(to) < 0 && r == 0)
        r = -errno;
    close(from);
    return r;
}

/* Opens a serial's folder, or for 0 the remote's own; no link, which could lead anywhere. Returns
 * its descriptor or -errno. */
static int open_folder(struct push *push, uint32_t serial, bool make)
{
    char name[sizeof "4294967295"] = ".";
    int fd;

    if (serial > 0)
        snprintf(name, sizeof name, "%" PRIu32, serial);
    if (make && serial > 0 && mkdirat(push->fd, name, 0755) < 0 && errno != EEXIST)
        return -errno;
    fd = openat(push->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return fd < 0 ? -errno : fd;
}

/* Puts the file in its place; after the last one of a folder all of that lasts. */
static int put_file(struct push *push, const struct listed *file, const char *path, bool last)
{
    int folder = open_folder(push, file->serial, true), r;

    if (folder < 0)
        return folder;
    r = copy_file(push, path);
    if (r == 0 && renameat(push->fd, UNFINISHED, folder, file->name) < 0)
        r = -errno;
    if (r == 0 && last && (fsync(folder) < 0 || fsync(push->fd) < 0))
        r = -errno;
    close(folder);
    return r;
}

/* Whether the next file is in another folder. */
static bool is_last(const struct file_list *list, size_t i)
{
    return i + 1 == list->count || list->file[i + 1].serial != list->file[i].serial;
}

static int put_path(struct push *push, const struct file_list *list, const char *cache_control)
{
    (void)cache_control;
    for (size_t i = 0; i < list->count; i++) {
        char path[FILE_PATH_OCTETS];
        int r;

        file_list_path(&list->file[i], path);
        r = put_file(push, &list->file[i], path, is_last(list, i));
        if (r < 0)
            return fail(push, r, path);
    }
    return 0;
}

static int hash(int directory, const char *path, uint64_t *octets,
                unsigned char sha256[SHA256_OCTETS])
{
    int fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), r;

    if (fd < 0)
        return -errno;
    r = file_sha256(fd, octets, sha256);
    close(fd);
    return r;
}

static int compare_path(struct push *push, const struct file_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        unsigned char here[SHA256_OCTETS], there[SHA256_OCTETS];
        char path[FILE_PATH_OCTETS];
        uint64_t octets;
        int r;

        file_list_path(&list->file[i], path);
        r = hash(push->local->fd, path, &octets, here);
        if (r < 0)
            return remote_fail(push, r, "%s/%s: %s", push->local->path, path, error_text(r));
        r = hash(push->fd, path, &octets, there);
        if (r == 0 && memcmp(here, there, sizeof here) != 0)
            r = E_HASH_WRONG;
        if (r < 0)
            return fail(push, r == -ENOENT ? E_HASH_WRONG : r, path);
        atomic_fetch_add(&push->progress->done, octets);
    }
    return 0;
}

static int set_head_path(struct push *push, const char *text, size_t len)
{
    int r = file_replace(push->fd, "HEAD", text, len, 0644);

    return r < 0 ? fail(push, r, "HEAD") : 0;
}

static int remove_file(struct push *push, const struct listed *file)
{
    int folder = open_folder(push, file->serial, false), r;

    if (folder < 0)
        return folder == -ENOENT ? 0 : folder;
    r = unlinkat(folder, file->name, 0) < 0 && errno != ENOENT ? -errno : 0;
    close(folder);
    return r;
}

static int remove_path(struct push *push, const struct file_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct listed *file = &list->file[i];
        char path[FILE_PATH_OCTETS];
        int r = remove_file(push, file);

        file_list_path(file, path);
        if (r < 0)
            return fail(push, r, path);
        if (!is_last(list, i) || file_list_has_serial(&push->local->files, file->serial))
            continue;
        *strchr(path, '/') = '\0';
        /* What else is in it is not ours. */
        if (unlinkat(push->fd, path, AT_REMOVEDIR) < 0 && errno != ENOTEMPTY && errno != EEXIST &&
            errno != ENOENT)
            return fail(push, -errno, path);
    }
    return 0;
}

const struct remote_kind to_path = {.open = open_path,
                                    .list = list_path,
                                    .read = read_path,
                                    .put = put_path,
                                    .compare = compare_path,
                                    .set_head = set_head_path,
                                    .remove = remove_path,
                                    .close = close_path};
