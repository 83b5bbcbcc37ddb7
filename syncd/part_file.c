#include "syncd/part_file.h"
#include "base/base.h"
#include "base/error.h"
#include "base/file.h"
#include "copy/copy.h"
#include "registry/inflated.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART_SUFFIX ".part"
#define PART_NAME_OCTETS (SHA256_OCTETS * 2 + sizeof PART_SUFFIX)

#define STATUS_RANGE 416

static void part_name(const struct payload *payload, char out[PART_NAME_OCTETS])
{
    sodium_bin2hex(out, PART_NAME_OCTETS, payload->sha256, SHA256_OCTETS);
    strcat(out, PART_SUFFIX);
}

/* Opens the part and tells how much of it is there. Returns the descriptor or -errno. */
static int open_part(const struct folder *folder, const char *name, const struct payload *payload,
                     uint64_t *have)
{
    struct stat st;
    int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int fd = openat(folder->fd, name, flags, 0600);
    int r;

    /* A round that root ran by hand may have left it. */
    if (fd < 0 && errno == EACCES && unlinkat(folder->fd, name, 0) == 0)
        fd = openat(folder->fd, name, flags, 0600);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) != 0)
        goto fail;
    /* It is appended to: not to a file of another name that somebody has linked here. */
    if (!S_ISREG(st.st_mode) || st.st_nlink != 1) {
        errno = EEXIST;
        goto fail;
    }
    *have = (uint64_t)st.st_size;
    if (*have > payload->octets) {
        if (ftruncate(fd, 0) != 0)
            goto fail;
        *have = 0;
    }
    return fd;
fail:
    r = -errno;
    close(fd);
    return r;
}

/* 0 if the file is the payload, E_SIZE_WRONG, E_HASH_WRONG or -errno. */
static int check_part(int fd, const struct payload *payload)
{
    unsigned char sha256[SHA256_OCTETS];
    uint64_t octets;
    int r;

    if (lseek(fd, 0, SEEK_SET) < 0)
        return -errno;
    r = file_sha256(fd, &octets, sha256);
    if (r != 0)
        return r;
    if (octets != payload->octets)
        return E_SIZE_WRONG;
    return memcmp(sha256, payload->sha256, SHA256_OCTETS) == 0 ? 0 : E_HASH_WRONG;
}

/* Whether what came is the payload's text. */
static bool is_inflated(int fd)
{
    char octets[INFLATED_OCTETS];
    ssize_t len = pread(fd, octets, sizeof octets, 0);

    return len > 0 && inflated(octets, (size_t)len);
}

/* Fetches from `have` on. On failure mirror->error says why; *stale: what was there already may be
 * the fault. */
static enum sync_result fetch_part(struct mirror *mirror, const char *path,
                                   const struct payload *payload, int fd, uint64_t have,
                                   bool *stale)
{
    char url[MIRROR_URL_OCTETS];
    struct fetch_answer answer = {0};
    enum sync_result result;
    int r;

    mirror_file_url(mirror, payload->file, url);
    *stale = false;
    if (have < payload->octets) {
        result = sync_result(
            fetch_file(mirror->fetcher, url, mirror->deadline, fd, have, payload->octets, &answer));
        if (answer.retry_after > mirror->retry_after)
            mirror->retry_after = answer.retry_after;
        if (result == SYNC_REFUSED && is_inflated(fd)) {
            *stale = true;
            message_set(mirror->error, "%s: %s", url, error_text(E_GZIP_INFLATED));
            return result;
        }
        if (result != SYNC_OK) {
            message_set(mirror->error, "%s: %s", result == SYNC_FAILED ? path : url, answer.error);
            *stale = have > 0 && answer.status == STATUS_RANGE;
            return result;
        }
    }
    r = check_part(fd, payload);
    if (r == 0)
        return SYNC_OK;
    if ((r == E_SIZE_WRONG || r == E_HASH_WRONG) && is_inflated(fd))
        r = E_GZIP_INFLATED;
    *stale = r == E_SIZE_WRONG || r == E_HASH_WRONG || r == E_GZIP_INFLATED;
    /* What was there already may be another mirror's, and a short file is a transfer cut short. */
    mirror->lied = r == E_HASH_WRONG && have == 0;
    message_set(mirror->error, "%s: %s", *stale ? url : path, error_text(r));
    return *stale ? SYNC_REFUSED : SYNC_FAILED;
}

enum sync_result part_file_fetch(struct mirror *mirror, const struct folder *folder,
                                 const struct payload *payload, int *fd)
{
    char name[PART_NAME_OCTETS];
    char path[MESSAGE_OCTETS];
    enum sync_result result;
    uint64_t have = 0;
    bool stale;
    int part;

    part_name(payload, name);
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    part = open_part(folder, name, payload, &have);
    if (part < 0) {
        message_set(mirror->error, "%s: %s", path, error_text(part));
        return SYNC_FAILED;
    }
    result = fetch_part(mirror, path, payload, part, have, &stale);
    if (stale && have > 0 && ftruncate(part, 0) == 0)
        result = fetch_part(mirror, path, payload, part, 0, &stale);
    if (result == SYNC_OK && lseek(part, 0, SEEK_SET) < 0) {
        message_set(mirror->error, "%s: %s", path, error_text(-errno));
        result = SYNC_FAILED;
    }
    if (result == SYNC_OK) {
        *fd = part;
        return SYNC_OK;
    }
    close(part);
    /* A transfer that broke off may go on later. Wrong octets may not, and a full disk needs room.
     */
    if (stale || result == SYNC_FAILED)
        unlinkat(folder->fd, name, 0);
    return result;
}

void part_file_clean(const struct folder *folder, const struct payload *keep)
{
    char kept[PART_NAME_OCTETS] = "";
    const struct dirent *entry;
    DIR *directory;

    if (keep != NULL)
        part_name(keep, kept);
    directory = file_entries(openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory == NULL)
        return;
    while ((entry = readdir(directory)) != NULL) {
        size_t len = strlen(entry->d_name);

        if (len == PART_NAME_OCTETS - 1 &&
            strcmp(entry->d_name + SHA256_OCTETS * 2, PART_SUFFIX) == 0 &&
            strcmp(entry->d_name, kept) != 0)
            unlinkat(folder->fd, entry->d_name, 0);
    }
    closedir(directory);
}
