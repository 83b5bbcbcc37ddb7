#include "syncd/take_over.h"
#include "base/file.h"
#include "copy/copy.h"
#include "copy/pin.h"
#include "copy/serials.h"
#include "copy/store_open.h"
#include "copy/store_verify.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The serial of the folder's current store, if that is of the registry of that name; else 0. */
static uint32_t serial_of(int folder, const char *name)
{
    char text[MANIFEST_MAX_OCTETS];
    struct manifest manifest;
    struct store store;
    size_t len;
    int fd = store_open_file(folder, STORE_FILE), r;

    if (fd < 0)
        return 0;
    r = store_map(&store, fd);
    close(fd);
    if (r != 0)
        return 0;
    r = store_manifest(&store, text, &len, &manifest);
    store_unmap(&store);
    return r == 0 && strcmp(manifest.name, name) == 0 ? manifest.serial : 0;
}

bool take_over_is_of(int folder, const char *name)
{
    return serial_of(folder, name) != 0;
}

static int open_other(int folder, const struct config_registry *registry)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int registries, other;

    if (!registry->unnamed)
        return openat(folder, "../..", flags);
    registries = openat(folder, REGISTRIES_FOLDER, flags);
    if (registries < 0)
        return -1;
    other = openat(registries, registry->name, flags);
    close(registries);
    return other;
}

bool take_over_is_owed(int folder, const struct config_registry *registry)
{
    int other = open_other(folder, registry);
    bool owed;

    if (other < 0)
        return false;
    owed = take_over_is_of(other, registry->name) && !take_over_is_of(folder, registry->name);
    close(other);
    return owed;
}

/* No more than a store can be: another user may own the file. */
static int copy_octets(int in, int out)
{
    char buffer[65536];
    struct stat st;
    ssize_t n;

    if (fstat(in, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode) || st.st_size > UINT32_MAX)
        return -EINVAL;
    for (off_t left = st.st_size; left > 0; left -= n) {
        n = read(in, buffer, left < (off_t)sizeof buffer ? (size_t)left : sizeof buffer);
        if (n <= 0)
            return n < 0 ? -errno : -EINVAL;
        if (file_write_all(out, buffer, (size_t)n) < 0)
            return -errno;
    }
    return fsync(out) < 0 ? -errno : 0;
}

static int copy_serial(int old, const char *file, int new, const char *name)
{
    char fresh[SERIAL_NAME_OCTETS + sizeof NEW_SUFFIX];
    int in = openat(old, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), out, r;

    if (in < 0)
        return -errno;
    snprintf(fresh, sizeof fresh, "%s" NEW_SUFFIX, name);
    out = openat(new, fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    r = out < 0 ? -errno : copy_octets(in, out);
    if (r == 0 && renameat(new, fresh, new, name) < 0)
        r = -errno;
    if (r < 0 && out >= 0)
        unlinkat(new, fresh, 0);
    if (out >= 0)
        close(out);
    close(in);
    return r;
}

/* A second name costs no room. What root has fetched the daemon may read alone
 * (fs.protected_hardlinks), and not every file system has second names. A file of another user's
 * that has all that it can have is not for root to copy. */
static int link_serial(int old, const char *file, int new, const char *name)
{
    if (linkat(old, file, new, name, 0) == 0)
        return 0;
    if (errno == EPERM || errno == EOPNOTSUPP)
        return copy_serial(old, file, new, name);
    return -errno;
}

static int link_serials(int from, int new)
{
    struct serials kept;
    int r = serials_list(from, SERIAL_MAX, SERIALS_LIST_MAX, &kept);
    int old = r == 0 ? serials_open(from) : r;

    if (old < 0)
        return old;
    for (unsigned i = 0; r == 0 && i < kept.count; i++) {
        char name[SERIAL_NAME_OCTETS];

        serial_name(kept.serial[i], name);
        r = link_serial(old, name, new, name);
        /* A round of another process has let go of it. */
        if (r == -ENOENT)
            r = 0;
    }
    close(old);
    return r;
}

/* The store that answers comes last: until then the next take_over begins anew. */
static int move(int from, int to, uint32_t serial)
{
    uint32_t current = serials_current(from), pinned;
    int new, r;

    /* What lies there is of another registry, or of one that was killed here. */
    serials_remove(to);
    new = serials_open(to);
    if (new < 0)
        return new;
    r = link_serials(from, new);
    /* One that is no link yet (serials_tidy). */
    if (r == 0 && current == 0) {
        char name[SERIAL_NAME_OCTETS];

        serial_name(serial, name);
        r = link_serial(from, STORE_FILE, new, name);
        current = serial;
        if (r == -EEXIST)
            r = 0;
    }
    if (r == 0 && fsync(new) < 0)
        r = -errno;
    close(new);
    if (r == 0 && pin_read(from, &pinned) == 0 && pinned != 0)
        r = pin_write(to, pinned);
    if (r == 0)
        r = serials_switch(to, current);
    /* A round would take half of it for the whole. */
    if (r < 0)
        serials_remove(to);
    return r;
}

int take_over(int from, int to, const char *name)
{
    uint32_t serial;
    int lock, other, r = 0;

    if (faccessat(to, STORE_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    serial = serial_of(from, name);
    if (serial == 0)
        return 0;
    lock = serials_lock(to);
    if (lock < 0)
        return lock;
    other = serials_lock(from);
    if (other >= 0)
        r = serials_tidy(from);
    if (r == 0)
        r = move(from, to, serial);
    if (other >= 0)
        close(other);
    close(lock);
    return r;
}
