#include "copy/store_open.h"
#include "copy/serials.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A folder of stores (gitdns.conf has room for less) and a file in it: threads have small stacks.
 */
#define PATH_OCTETS 320

/* `serials/N.cdb` */
static bool is_serial_path(const char *path, size_t len)
{
    const size_t start = sizeof SERIALS_FOLDER, end = sizeof SERIAL_SUFFIX - 1;

    if (len <= start + end || memcmp(path, SERIALS_FOLDER "/", start) != 0 ||
        memcmp(path + len - end, SERIAL_SUFFIX, end) != 0)
        return false;
    for (size_t i = start; i < len - end; i++)
        if (path[i] < '0' || path[i] > '9')
            return false;
    return true;
}

/* open() would be a cancellation point. Returns the descriptor or -errno. */
static int open_at(int directory, const char *path, int flags)
{
    long fd = syscall(SYS_openat, directory, path, flags | O_CLOEXEC | O_LARGEFILE);

    return fd < 0 ? -errno : (int)fd;
}

static void close_below(int directory, int fd)
{
    if (fd != directory)
        syscall(SYS_close, fd);
}

/* Opens the folder of that path, by steps: no link is followed. Returns `directory` itself where
 * the path is empty. */
static int open_folder(int directory, char *path)
{
    int at = directory;

    while (*path != '\0') {
        char *end = strchrnul(path, '/');
        bool last = *end == '\0';
        int fd;

        *end = '\0';
        fd = open_at(at, path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
        close_below(directory, at);
        if (fd < 0)
            return fd;
        at = fd;
        path = last ? end : end + 1;
    }
    return at;
}

/* A FIFO in the file's place must not block. */
static int open_file(int directory, const char *name)
{
    return open_at(directory, name, O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
}

static int open_serial(int directory, char *path)
{
    char *name = path + sizeof SERIALS_FOLDER;
    int folder, fd;

    name[-1] = '\0';
    folder = open_folder(directory, path);
    if (folder < 0)
        return folder;
    fd = open_file(folder, name);
    close_below(directory, folder);
    return fd;
}

static int open_store(int directory, const char *name)
{
    char target[SERIAL_PATH_OCTETS + 1];
    long len = syscall(SYS_readlinkat, directory, name, target, sizeof target - 1);

    if (len < 0)
        return open_file(directory, name);
    if (!is_serial_path(target, (size_t)len))
        return -ELOOP;
    target[len] = '\0';
    return open_serial(directory, target);
}

static int open_path(int directory, const char *path)
{
    const char *slash = memrchr(path, '/', strlen(path));
    size_t above = slash != NULL ? (size_t)(slash - path) : 0;
    char folder[PATH_OCTETS];
    int at, fd;

    if (above + 1 >= sizeof folder)
        return -ENAMETOOLONG;
    memcpy(folder, path, above);
    folder[above] = '\0';
    if (slash == path)
        memcpy(folder, "/", 2);
    if (directory == AT_FDCWD && slash != NULL)
        at = open_at(directory, folder, O_PATH | O_DIRECTORY);
    else
        at = open_folder(directory, folder);
    if (at < 0 && at != AT_FDCWD)
        return at;
    fd = open_store(at, slash != NULL ? slash + 1 : path);
    close_below(directory, at);
    return fd;
}

int store_open_file(int directory, const char *path)
{
    int saved = errno, r = open_path(directory, path);

    errno = saved;
    return r;
}
