#include "base/file.h"
#include "base/base.h"
#include "base/error.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int file_read_all(int fd, char *out, size_t max)
{
    size_t len = 0;
    char more;

    for (;;) {
        ssize_t n = len < max ? read(fd, out + len, max - len) : read(fd, &more, 1);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return (int)len;
        if (len == max)
            return E_FILE_LONG;
        len += (size_t)n;
    }
}

static int read_file(int directory, const char *path, int flags, char *out, size_t max)
{
    int fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags), r;
    struct stat st;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0)
        r = -errno;
    else if (!S_ISREG(st.st_mode))
        r = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
    else
        r = file_read_all(fd, out, max);
    close(fd);
    return r;
}

int file_read(int directory, const char *path, char *out, size_t max)
{
    return read_file(directory, path, 0, out, max);
}

int file_read_unlinked(int directory, const char *name, char *out, size_t max)
{
    return read_file(directory, name, O_NOFOLLOW, out, max);
}

int file_write_all(int fd, const void *data, size_t len)
{
    const char *p = data;

    while (len > 0) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int file_replace(int directory, const char *name, const void *data, size_t len, mode_t mode)
{
    char fresh[NAME_MAX];
    int fd, r;

    if (snprintf(fresh, sizeof fresh, "%s.new", name) >= (int)sizeof fresh)
        return -ENAMETOOLONG;
    if (unlinkat(directory, fresh, 0) < 0 && errno != ENOENT)
        return -errno;
    fd = openat(directory, fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return -errno;
    r = file_write_all(fd, data, len);
    if (r == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
        r = -errno;
    close(fd);
    if (r == 0 && renameat(directory, fresh, directory, name) < 0)
        r = -errno;
    if (r < 0)
        unlinkat(directory, fresh, 0);
    else if (fsync(directory) < 0)
        r = -errno;
    return r;
}

DIR *file_entries(int fd)
{
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    int error = errno;

    if (entries == NULL && fd >= 0)
        close(fd);
    errno = error;
    return entries;
}

int file_sha256(int fd, uint64_t *octets, unsigned char sha256[SHA256_OCTETS])
{
    crypto_hash_sha256_state state;
    unsigned char buffer[65536];

    *octets = 0;
    crypto_hash_sha256_init(&state);
    for (;;) {
        ssize_t n = read(fd, buffer, sizeof buffer);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        crypto_hash_sha256_update(&state, buffer, (size_t)n);
        *octets += (uint64_t)n;
    }
    crypto_hash_sha256_final(&state, sha256);
    return 0;
}
