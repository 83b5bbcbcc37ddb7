#include "copy/serials.h"
#include "base/error.h"
#include "base/file.h"
#include "copy/copy.h"
#include "copy/pin.h"
#include "copy/store_verify.h"
#include "registry/manifest.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW NEW_SUFFIX

void serial_name(uint32_t serial, char out[SERIAL_NAME_OCTETS])
{
    snprintf(out, SERIAL_NAME_OCTETS, "%" PRIu32 SERIAL_SUFFIX, serial);
}

void serial_path(uint32_t serial, char out[SERIAL_PATH_OCTETS])
{
    snprintf(out, SERIAL_PATH_OCTETS, SERIALS_FOLDER "/%" PRIu32 SERIAL_SUFFIX, serial);
}

/* The serial that a file of this name holds, or 0. */
static uint32_t parse_name(const char *name)
{
    size_t len = strlen(name), suffix = strlen(SERIAL_SUFFIX);

    if (len <= suffix || strcmp(name + len - suffix, SERIAL_SUFFIX) != 0)
        return 0;
    return serial_parse(name, len - suffix);
}

/* Not through a link: root removes files in it too, and the folder above is the daemon's. */
static int open_folder(int directory, const char *name)
{
    return openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Opens the folder of the kept ones for reading. Returns NULL with errno. */
static DIR *open_kept(int directory)
{
    return file_entries(open_folder(directory, SERIALS_FOLDER));
}

/* Puts a serial into the list in its place, at most `max` long. */
static void insert(struct serials *serials, uint32_t serial, unsigned max)
{
    unsigned at = 0;

    while (at < serials->count && serials->serial[at] > serial)
        at++;
    if (at == max)
        return;
    if (serials->count < max)
        serials->count++;
    memmove(&serials->serial[at + 1], &serials->serial[at],
            (serials->count - at - 1) * sizeof serials->serial[0]);
    serials->serial[at] = serial;
}

int serials_list(int directory, uint32_t limit, unsigned max, struct serials *serials)
{
    const struct dirent *entry;
    DIR *kept = open_kept(directory);
    int r;

    serials->count = 0;
    if (kept == NULL)
        return errno == ENOENT ? 0 : -errno;
    while ((errno = 0, entry = readdir(kept)) != NULL) {
        uint32_t serial = parse_name(entry->d_name);

        if (serial > 0 && serial <= limit)
            insert(serials, serial, max < SERIALS_LIST_MAX ? max : SERIALS_LIST_MAX);
    }
    r = -errno;
    closedir(kept);
    return r;
}

int serials_find(int directory, uint32_t serial)
{
    char path[SERIAL_PATH_OCTETS];

    serial_path(serial, path);
    return faccessat(directory, path, F_OK, 0) < 0 ? -errno : 0;
}

uint32_t serials_current(int directory)
{
    char target[SERIAL_PATH_OCTETS + 1];
    ssize_t len = readlinkat(directory, STORE_FILE, target, sizeof target);

    if (len < 0 || (size_t)len == sizeof target)
        return 0;
    target[len] = '\0';
    if (strncmp(target, SERIALS_FOLDER "/", sizeof SERIALS_FOLDER) != 0)
        return 0;
    return parse_name(target + sizeof SERIALS_FOLDER);
}

int serials_switch(int directory, uint32_t serial)
{
    char target[SERIAL_PATH_OCTETS];
    int r = serials_find(directory, serial);

    if (r < 0)
        return r;
    if (serials_current(directory) == serial)
        return 0;
    serial_path(serial, target);
    if (unlinkat(directory, STORE_FILE NEW, 0) < 0 && errno != ENOENT)
        return -errno;
    if (symlinkat(target, directory, STORE_FILE NEW) < 0)
        return -errno;
    if (renameat(directory, STORE_FILE NEW, directory, STORE_FILE) < 0) {
        r = -errno;
        unlinkat(directory, STORE_FILE NEW, 0);
        return r;
    }
    return fsync(directory) < 0 ? -errno : 0;
}

/* A file or folder that root has made belongs to whom the folder above does. */
static int give_to_owner(int directory, int fd)
{
    struct stat above;

    if (geteuid() != 0)
        return 0;
    return fstat(directory, &above) < 0 || fchown(fd, above.st_uid, above.st_gid) < 0 ? -errno : 0;
}

/* Whoever owns the folder above may have put another in the place of the one that was made, one of
 * root's with what it holds: an empty one is given away for one. */
static int check_empty(int fd)
{
    DIR *folder = file_entries(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const struct dirent *entry;
    bool empty = true;

    if (folder == NULL)
        return -errno;
    while (empty && (entry = readdir(folder)) != NULL)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(folder);
    return empty ? 0 : -ENOTEMPTY;
}

int serials_lock_file(int directory, const char *file)
{
    const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int fd = openat(directory, file, flags | O_CREAT | O_EXCL, 0600), r = 0;
    struct stat st;

    /* One that was there is taken as it is: it may be a hard link to a file of somebody else. */
    if (fd >= 0)
        r = give_to_owner(directory, fd);
    else if (errno == EEXIST)
        fd = openat(directory, file, flags);
    if (fd < 0)
        return -errno;
    if (r == 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
        r = -errno;
    /* Whoever held it until now has taken the file away. */
    if (r == 0 && fstat(fd, &st) == 0 && st.st_nlink == 0)
        r = -EWOULDBLOCK;
    if (r == 0)
        return fd;
    close(fd);
    return r;
}

int serials_lock(int directory)
{
    return serials_lock_file(directory, LOCK_FILE);
}

int serials_make_folder(int directory, const char *name)
{
    bool made = mkdirat(directory, name, 0755) == 0;
    int fd, r = 0;

    if (!made && errno != EEXIST)
        return -errno;
    fd = open_folder(directory, name);
    if (fd < 0)
        return -errno;
    /* Every process reads what lies in it, and the daemon's own user writes it, whoever makes it.
     */
    if (made)
        r = check_empty(fd);
    if (made && r == 0)
        r = fchmod(fd, 0755) < 0 ? -errno : give_to_owner(directory, fd);
    if (r < 0) {
        close(fd);
        unlinkat(directory, name, AT_REMOVEDIR);
        return r;
    }
    return fd;
}

int serials_open(int directory)
{
    return serials_make_folder(directory, SERIALS_FOLDER);
}

/* The serial of the store that lies in registry.cdb's place as a file of its own, or 0. */
static uint32_t plain_serial(int directory)
{
    char text[MANIFEST_MAX_OCTETS];
    struct manifest manifest;
    struct store store;
    uint32_t serial = 0;
    size_t len;
    int fd =
        openat(directory, STORE_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return 0;
    if (store_map(&store, fd) == 0) {
        if (store_manifest(&store, text, &len, &manifest) == 0)
            serial = manifest.serial;
        store_unmap(&store);
    }
    close(fd);
    return serial;
}

/* Older versions had one store, in registry.cdb itself. It gets a second name, and then a link
 * takes the first one's place. Where the second cannot be had it stays until the next store comes.
 */
static int adopt_plain(int directory, int kept)
{
    char name[SERIAL_NAME_OCTETS], temporary[SERIAL_NAME_OCTETS + sizeof NEW];
    uint32_t serial = plain_serial(directory);
    bool linked;

    if (serial == 0)
        return 0;
    serial_name(serial, name);
    snprintf(temporary, sizeof temporary, "%s" NEW, name);
    linked = linkat(directory, STORE_FILE, kept, temporary, 0) == 0 &&
             renameat(kept, temporary, kept, name) == 0;
    /* rename(2) does nothing where both are names of one file. */
    unlinkat(kept, temporary, 0);
    if (!linked)
        return 0;
    return fsync(kept) < 0 ? -errno : serials_switch(directory, serial);
}

static void remove_leftovers(int directory)
{
    const struct dirent *entry;
    DIR *kept = open_kept(directory);

    unlinkat(directory, STORE_FILE NEW, 0);
    unlinkat(directory, PIN_FILE NEW, 0);
    if (kept == NULL)
        return;
    while ((entry = readdir(kept)) != NULL) {
        size_t len = strlen(entry->d_name);

        if (len > strlen(NEW) && strcmp(entry->d_name + len - strlen(NEW), NEW) == 0)
            unlinkat(dirfd(kept), entry->d_name, 0);
    }
    closedir(kept);
}

void serials_remove(int directory)
{
    const struct dirent *entry;
    DIR *kept;

    unlinkat(directory, STORE_FILE, 0);
    unlinkat(directory, PIN_FILE, 0);
    remove_leftovers(directory);
    kept = open_kept(directory);
    if (kept == NULL)
        return;
    while ((entry = readdir(kept)) != NULL)
        if (parse_name(entry->d_name) > 0)
            unlinkat(dirfd(kept), entry->d_name, 0);
    closedir(kept);
    unlinkat(directory, SERIALS_FOLDER, AT_REMOVEDIR);
}

int serials_tidy(int directory)
{
    int kept = serials_open(directory), r;

    if (kept < 0)
        return kept;
    remove_leftovers(directory);
    r = adopt_plain(directory, kept);
    close(kept);
    return r;
}

static bool is_listed(const struct serials *serials, uint32_t serial)
{
    for (unsigned i = 0; i < serials->count; i++)
        if (serials->serial[i] == serial)
            return true;
    return false;
}

void serials_prune(int directory, uint32_t newest, unsigned keep)
{
    const struct dirent *entry;
    struct serials wanted;
    uint32_t current = serials_current(directory), pinned;
    DIR *kept;

    /* What the file `pinned` would say if it could be read must not go. */
    if (pin_read(directory, &pinned) < 0 || serials_list(directory, newest, keep, &wanted) < 0)
        return;
    kept = open_kept(directory);
    if (kept == NULL)
        return;
    while ((entry = readdir(kept)) != NULL) {
        uint32_t serial = parse_name(entry->d_name);

        if (serial > 0 && serial != pinned && serial != current && !is_listed(&wanted, serial))
            unlinkat(dirfd(kept), entry->d_name, 0);
    }
    closedir(kept);
}
