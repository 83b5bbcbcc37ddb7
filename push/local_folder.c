#include "push/local_folder.h"
#include "base/error.h"
#include "base/file.h"
#include "push/push.h"
#include "push/push_lock.h"
#include "registry/manifest.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct reader {
    struct local_folder *folder;
    char *fault;
    struct manifest manifest; /* of the serial folder that is being read */
};

static int fail(struct reader *reader, int code, const char *file)
{
    message_set(reader->fault, "%s/%s: %s", reader->folder->path, file, error_text(code));
    return code;
}

/* Opens a regular file, not through a link. Returns its descriptor or -errno. */
static int open_file(const struct local_folder *folder, const char *path, struct stat *status)
{
    int fd = openat(folder->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), r;

    if (fd < 0)
        return -errno;
    r = fstat(fd, status) < 0 ? -errno : S_ISREG(status->st_mode) ? 0 : -EINVAL;
    if (r == 0)
        return fd;
    close(fd);
    return r;
}

static int read_head(struct reader *reader)
{
    struct local_folder *folder = reader->folder;
    char text[HEAD_MAX_OCTETS];
    int len = file_read_unlinked(folder->fd, "HEAD", text, sizeof text);

    if (len < 0 && len != E_FILE_LONG)
        return fail(reader, len, "HEAD");
    if (len > 0 && text[len - 1] == '\n')
        folder->serial = serial_parse(text, (size_t)len - 1);
    if (folder->serial > 0)
        return 0;
    message_set(reader->fault, "%s/HEAD: not a serial", folder->path);
    return E_FOLDER_PART;
}

/* Returns 0, E_MANIFEST_…, E_FILE_LONG, -errno. */
static int read_manifest(const struct local_folder *folder, uint32_t serial,
                         struct manifest *manifest)
{
    char path[FILE_PATH_OCTETS], text[MANIFEST_MAX_OCTETS];
    unsigned line;
    int r;

    snprintf(path, sizeof path, "%" PRIu32 "/manifest", serial);
    r = file_read_unlinked(folder->fd, path, text, sizeof text);
    if (r >= 0)
        r = manifest_parse(text, (size_t)r, manifest, &line);
    return r == 0 && manifest->serial != serial ? E_MANIFEST_VALUE : r;
}

static int check_payload(struct reader *reader, uint32_t serial, const char *name, uint64_t size,
                         const unsigned char hash[SHA256_OCTETS])
{
    unsigned char sha256[SHA256_OCTETS];
    char path[FILE_PATH_OCTETS];
    struct stat status;
    uint64_t octets;
    int fd, r;

    snprintf(path, sizeof path, "%" PRIu32 "/%s", serial, name);
    fd = r = open_file(reader->folder, path, &status);
    if (fd >= 0) {
        r = file_sha256(fd, &octets, sha256);
        close(fd);
    }
    if (r == 0 && octets != size)
        r = E_SIZE_WRONG;
    else if (r == 0 && memcmp(sha256, hash, sizeof sha256) != 0)
        r = E_HASH_WRONG;
    return r < 0 ? fail(reader, r, path) : 0;
}

static int check_newest(struct reader *reader, const struct manifest *manifest)
{
    struct local_folder *folder = reader->folder;
    char path[FILE_PATH_OCTETS];
    struct stat status;
    int fd, r;

    snprintf(path, sizeof path, "%" PRIu32 "/manifest.minisig", folder->serial);
    fd = open_file(folder, path, &status);
    if (fd < 0)
        return fail(reader, fd, path);
    close(fd);
    r = check_payload(reader, folder->serial, "snapshot.gz", manifest->snapshot_octets,
                      manifest->snapshot_sha256);
    for (unsigned i = 0; i < manifest->deltas && r == 0; i++) {
        const struct manifest_delta *delta = &manifest->delta[i];
        char name[FILE_NAME_OCTETS];

        snprintf(name, sizeof name, "delta-%" PRIu32 ".gz", delta->base);
        r = check_payload(reader, folder->serial, name, delta->octets, delta->sha256);
    }
    return r;
}

/* Whether the manifest has a file of that name and size; signatures it cannot know. */
static bool is_named(const struct manifest *manifest, const char *name, uint64_t octets)
{
    uint32_t base;

    if (strcmp(name, "snapshot.gz") == 0)
        return octets == manifest->snapshot_octets;
    if (strncmp(name, "delta-", 6) != 0)
        return true;
    base = serial_parse(name + 6, strcspn(name + 6, "."));
    for (unsigned i = 0; i < manifest->deltas; i++)
        if (manifest->delta[i].base == base)
            return octets == manifest->delta[i].octets;
    return false;
}

/* Visits the entries of the folder that `fd` is open on until one returns other than 0. */
static int each_entry(int fd, struct reader *reader,
                      int (*visit)(struct reader *reader, const char *name,
                                   const struct stat *status))
{
    DIR *entries = file_entries(fd);
    struct dirent *entry;
    int r = 0;

    if (entries == NULL)
        return -errno;
    while (r == 0 && (errno = 0, entry = readdir(entries)) != NULL) {
        struct stat status;

        if (fstatat(dirfd(entries), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            r = visit(reader, entry->d_name, &status);
        else if (errno != ENOENT)
            r = -errno;
    }
    if (r == 0 && errno != 0)
        r = -errno;
    closedir(entries);
    return r;
}

static int add_part(struct reader *reader, const char *name, const struct stat *status)
{
    struct local_folder *folder = reader->folder;
    uint32_t serial = reader->manifest.serial;
    uint64_t octets = (uint64_t)status->st_size;
    int r;

    if (!S_ISREG(status->st_mode) || !file_list_is_part(name) ||
        !is_named(&reader->manifest, name, octets))
        return 0;
    r = file_list_add(&folder->files, serial, name, octets);
    if (r == 0 && serial == folder->serial)
        r = file_list_add(&folder->newest, serial, name, octets);
    return r;
}

static int add_serial(struct reader *reader, uint32_t serial, const char *name)
{
    struct local_folder *folder = reader->folder;
    int r;

    if (serial > folder->serial)
        return 0;
    r = read_manifest(folder, serial, &reader->manifest);
    if (r < 0 && error_is_errno(r) && r != -ENOENT)
        return fail(reader, r, name);
    if (r < 0 || strcmp(reader->manifest.name, folder->registry_name) != 0)
        return 0;
    r = each_entry(openat(folder->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW),
                   reader, add_part);
    return r < 0 ? fail(reader, r, name) : 0;
}

static int add_entry(struct reader *reader, const char *name, const struct stat *status)
{
    if (S_ISDIR(status->st_mode)) {
        uint32_t found = serial_parse(name, strlen(name));

        return found > 0 ? add_serial(reader, found, name) : 0;
    }
    if (!S_ISREG(status->st_mode) || !file_list_is_beside(name))
        return 0;
    return file_list_add(&reader->folder->beside, 0, name, (uint64_t)status->st_size);
}

/* That what was checked has been listed, too: the folder may have changed meanwhile. */
static int check_list(struct reader *reader)
{
    static const char *const needed[] = {"manifest", "manifest.minisig", "snapshot.gz"};
    const struct local_folder *folder = reader->folder;

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (file_list_find(&folder->newest, folder->serial, needed[i]) == NULL) {
            message_set(reader->fault, "%s/%" PRIu32 "/%s: not as its manifest says", folder->path,
                        folder->serial, needed[i]);
            return E_FOLDER_PART;
        }
    return 0;
}

static int read_all(struct reader *reader)
{
    struct local_folder *folder = reader->folder;
    char path[FILE_PATH_OCTETS];
    int r = read_head(reader);

    if (r < 0)
        return r;
    snprintf(path, sizeof path, "%" PRIu32 "/manifest", folder->serial);
    r = read_manifest(folder, folder->serial, &reader->manifest);
    if (r < 0)
        return fail(reader, r, path);
    snprintf(folder->registry_name, sizeof folder->registry_name, "%s", reader->manifest.name);
    r = check_newest(reader, &reader->manifest);
    if (r < 0)
        return r;
    reader->fault[0] = '\0';
    r = each_entry(openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), reader, add_entry);
    if (r < 0 && reader->fault[0] == '\0')
        message_set(reader->fault, "%s: %s", folder->path, error_text(r));
    file_list_sort(&folder->files);
    file_list_sort(&folder->newest);
    file_list_sort(&folder->beside);
    return r == 0 ? check_list(reader) : r;
}

int local_folder_open(struct local_folder *folder, const char *path, char fault[MESSAGE_OCTETS])
{
    struct reader reader = {.folder = folder, .fault = fault};
    struct stat status;
    int r;

    *folder = (struct local_folder){.fd = -1, .lock = -1};
    if (realpath(path, folder->path) == NULL ||
        (folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
        r = -errno;
        message_set(fault, "%s: %s", path, error_text(r));
        return r;
    }
    /* Before anything is left in a folder that is none of ours. */
    if (fstatat(folder->fd, "HEAD", &status, AT_SYMLINK_NOFOLLOW) < 0) {
        r = -errno;
        message_set(fault, "%s/HEAD: %s", folder->path, error_text(r));
        return r;
    }
    folder->lock = push_lock_take(folder->fd, folder->path, fault);
    return folder->lock < 0 ? folder->lock : read_all(&reader);
}

void local_folder_close(struct local_folder *folder)
{
    push_lock_release(folder->fd, folder->lock);
    if (folder->fd >= 0)
        close(folder->fd);
    file_list_free(&folder->files);
    file_list_free(&folder->newest);
    file_list_free(&folder->beside);
    folder->fd = folder->lock = -1;
}
