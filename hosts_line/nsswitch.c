#include "hosts_line/nsswitch.h"
#include "base/error.h"
#include "base/file.h"
#include "hosts_line/placement.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LOCK_TRIES 16

static int fail(char error[MESSAGE_OCTETS], const char *file, const char *cause)
{
    message_set(error, NSSWITCH_FOLDER "/%s: %s", file, cause);
    return -1;
}

/* Whether the path still leads to the file that is open. */
static bool is_still(int folder, const char *name, int fd)
{
    struct stat there, here;

    return fstatat(folder, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &here) == 0 &&
           there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

/* Takes a leftover away. Returns 0, or -EWOULDBLOCK if someone is at work on it. */
static int sweep(int folder)
{
    int fd = openat(folder, NSSWITCH_NEW, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), r = 0;

    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 ||
        (is_still(folder, NSSWITCH_NEW, fd) && unlinkat(folder, NSSWITCH_NEW, 0) < 0))
        r = -errno;
    close(fd);
    return r;
}

/* Makes the new file, which only root can open until it is done. Returns a descriptor or -errno. */
static int make_fresh(int folder)
{
    int fd, r = -EWOULDBLOCK;

    for (int i = 0; i < LOCK_TRIES; i++) {
        fd = openat(folder, NSSWITCH_NEW, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0 && errno != EEXIST)
            return -errno;
        if (fd >= 0) {
            if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_still(folder, NSSWITCH_NEW, fd))
                return fd;
            close(fd); /* someone took it for a leftover */
        } else if ((r = sweep(folder)) < 0) {
            return r;
        }
    }
    return r;
}

/* The whole file, which must be a regular one. */
static int read_text(struct nsswitch *file, char error[MESSAGE_OCTETS])
{
    int fd = openat(file->folder, NSSWITCH_FILE,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    ssize_t n = 1;
    int r = 0;

    if (fd < 0)
        return fail(error, NSSWITCH_FILE, strerror(errno));
    file->text = malloc(NSSWITCH_MAX_OCTETS + 1);
    if (file->text == NULL || fstat(fd, &file->st) < 0)
        r = fail(error, NSSWITCH_FILE, strerror(errno));
    else if (!S_ISREG(file->st.st_mode))
        r = fail(error, NSSWITCH_FILE, "not a regular file");
    while (r == 0 && n > 0 && file->len <= NSSWITCH_MAX_OCTETS) {
        n = read(fd, file->text + file->len, NSSWITCH_MAX_OCTETS + 1 - file->len);
        if (n < 0)
            r = fail(error, NSSWITCH_FILE, strerror(errno));
        else
            file->len += (size_t)n;
    }
    if (r == 0 && file->len > NSSWITCH_MAX_OCTETS)
        r = fail(error, NSSWITCH_FILE, error_text(E_FILE_LONG));
    close(fd);
    return r;
}

int nsswitch_open(struct nsswitch *file, bool edit, char error[MESSAGE_OCTETS])
{
    size_t len;

    *file = (struct nsswitch){.folder = -1, .fresh = -1};
    file->folder = open(NSSWITCH_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file->folder < 0)
        return fail(error, "", strerror(errno));
    if (edit)
        file->fresh = make_fresh(file->folder);
    if (edit && file->fresh < 0)
        return fail(error, NSSWITCH_NEW,
                    file->fresh == -EWOULDBLOCK ? "another gitdns is at work on it"
                                                : strerror(-file->fresh));
    if (read_text(file, error) < 0)
        return -1;
    file->number = hosts_text_find(file->text, file->len, &file->offset, &len);
    if (file->number > 0 && !hosts_text_set(&file->line, file->text + file->offset, len))
        return fail(error, NSSWITCH_FILE, "the hosts line is longer than gitdns can read");
    return 0;
}

static int fail_attribute(char error[MESSAGE_OCTETS], const char *name, const char *what)
{
    message_set(error, NSSWITCH_PATH ": %s cannot be %s: %s", name, what, strerror(errno));
    return -1;
}

/* Whether the file has it already: where a mount labels all its files alike none can be set. */
static bool has_attribute(int fd, const char *name, const char *value, size_t len)
{
    char there[XATTR_SIZE_MAX];

    return fgetxattr(fd, name, there, sizeof there) == (ssize_t)len &&
           memcmp(there, value, len) == 0;
}

/* Labels and access lists. Not the checksums that IMA and EVM keep of content and attributes. */
static int copy_attributes(int from, int to, char error[MESSAGE_OCTETS])
{
    char names[XATTR_LIST_MAX], value[XATTR_SIZE_MAX];
    ssize_t len = flistxattr(from, names, sizeof names), n;

    /* The file system has none. */
    if (len < 0 && errno == ENOTSUP)
        return 0;
    if (len < 0)
        return fail_attribute(error, "its attributes", "read");
    for (const char *name = names; name < names + len; name += strlen(name) + 1) {
        if (strcmp(name, "security.ima") == 0 || strcmp(name, "security.evm") == 0)
            continue;
        n = fgetxattr(from, name, value, sizeof value);
        if (n < 0)
            return fail_attribute(error, name, "read");
        if (!has_attribute(to, name, value, (size_t)n) &&
            fsetxattr(to, name, value, (size_t)n, 0) < 0)
            return fail_attribute(error, name, "kept");
    }
    return 0;
}

/* Returns 0, or -1 and why in `error`. */
static int keep_attributes(const struct nsswitch *file, char error[MESSAGE_OCTETS])
{
    int old = openat(file->folder, NSSWITCH_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int r;

    if (old < 0)
        return fail(error, NSSWITCH_FILE, strerror(errno));
    r = copy_attributes(old, file->fresh, error);
    close(old);
    return r;
}

static int write_fresh(struct nsswitch *file, const struct hosts_text *line)
{
    const char *behind = file->text + file->offset + file->line.len;
    size_t rest = file->len - file->offset - file->line.len;
    int r = file_write_all(file->fresh, file->text, file->offset);

    if (r == 0)
        r = file_write_all(file->fresh, line->octets, line->len);
    if (r == 0)
        r = file_write_all(file->fresh, behind, rest);
    if (r == 0 && (fchown(file->fresh, file->st.st_uid, file->st.st_gid) < 0 ||
                   fchmod(file->fresh, file->st.st_mode & 07777) < 0))
        r = -errno;
    return r;
}

/* Returns 1 if what lies on the disk is what it should be, the line parsed by the module's own
 * reader, all else octet by octet; 0 if not, and -errno if that cannot be seen. */
static int is_right(const struct nsswitch *file, const struct hosts_text *line)
{
    size_t behind = file->offset + file->line.len, len = file->len - file->line.len + line->len;
    struct hosts_line want, got;
    char *text = malloc(len + 1);
    ssize_t n = text != NULL ? pread(file->fresh, text, len + 1, 0) : -1;
    int r = n < 0 ? -errno : 1;

    if (r > 0)
        r = n == (ssize_t)len && memcmp(text, file->text, file->offset) == 0 &&
            memcmp(text + file->offset, line->octets, line->len) == 0 &&
            memcmp(text + file->offset + line->len, file->text + behind, file->len - behind) == 0;
    free(text);
    if (r <= 0)
        return r;
    r = hosts_line_read(NSSWITCH_FOLDER "/" NSSWITCH_NEW, &got);
    if (r < -1)
        return r + 1;
    return r == 0 && hosts_line_parse_whole(line->octets, line->len, &want, NULL) == 0 &&
           placement_same(&got, &want);
}

/* Returns 1 if the file is as it was when it was read, 0 if not, -errno if that cannot be seen. */
static int is_as_read(const struct nsswitch *file)
{
    struct stat now;

    if (fstatat(file->folder, NSSWITCH_FILE, &now, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno;
    return now.st_dev == file->st.st_dev && now.st_ino == file->st.st_ino &&
           now.st_size == file->st.st_size && now.st_mode == file->st.st_mode &&
           memcmp(&now.st_mtim, &file->st.st_mtim, sizeof now.st_mtim) == 0 &&
           memcmp(&now.st_ctim, &file->st.st_ctim, sizeof now.st_ctim) == 0;
}

int nsswitch_replace(struct nsswitch *file, const struct hosts_text *line,
                     char error[MESSAGE_OCTETS])
{
    int r = write_fresh(file, line);

    if (r == 0 && keep_attributes(file, error) < 0)
        return -1;
    if (r == 0 && fsync(file->fresh) < 0)
        r = -errno;
    if (r < 0)
        return fail(error, NSSWITCH_NEW, strerror(-r));
    r = is_right(file, line);
    if (r <= 0)
        return fail(error, NSSWITCH_NEW, r < 0 ? strerror(-r) : "does not hold what was written");
    r = is_as_read(file);
    if (r <= 0)
        return fail(error, NSSWITCH_FILE,
                    r < 0 ? strerror(-r) : "changed by someone else meanwhile; try again");
    if (renameat(file->folder, NSSWITCH_NEW, file->folder, NSSWITCH_FILE) < 0)
        return fail(error, NSSWITCH_FILE, strerror(errno));
    if (fsync(file->folder) < 0) {
        message_set(error, NSSWITCH_FOLDER ": %s; the line is changed, but may not outlast a crash",
                    strerror(errno));
        return 1;
    }
    return 0;
}

void nsswitch_close(struct nsswitch *file)
{
    if (file->fresh >= 0) {
        if (is_still(file->folder, NSSWITCH_NEW, file->fresh))
            unlinkat(file->folder, NSSWITCH_NEW, 0);
        close(file->fresh);
    }
    if (file->folder >= 0)
        close(file->folder);
    free(file->text);
}
