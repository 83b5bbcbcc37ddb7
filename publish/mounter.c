#include "publish/mounter.h"
#include <errno.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#define USER "user_id="

/* The mount's number, as in mountinfo. */
static int find_mount(int fd, unsigned *mount)
{
    char path[sizeof "/proc/self/fdinfo/" + 10], line[64];
    bool found = false;
    FILE *file;
    int r;

    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    file = fopen(path, "re");
    if (file == NULL)
        return -errno;
    while (!found && fgets(line, sizeof line, file) != NULL)
        found = sscanf(line, "mnt_id: %u", mount) == 1;
    r = found ? 0 : ferror(file) ? -errno : -ENODATA;
    fclose(file);
    return r;
}

/* `... - fuse.TYPE SOURCE OPTIONS`: who mounts it writes all but the last word. */
static int parse_user(const char *line, uid_t *user)
{
    const char *at = strstr(line, " - fuse") != NULL ? strrchr(line, ' ') : NULL;

    at = at != NULL ? strstr(at, USER) : NULL;
    if (at == NULL)
        return 0;
    *user = (uid_t)strtoul(at + sizeof USER - 1, NULL, 10);
    return 1;
}

/* Of a mount that is not listed: it lies outside of this root, or was taken away meanwhile. */
static int check_unlisted(int fd)
{
    struct statfs st;

    if (fstatfs(fd, &st) < 0)
        return -errno;
    return st.f_type == FUSE_SUPER_MAGIC ? -ENODATA : 0;
}

int mounter_find(int fd, uid_t *user)
{
    unsigned mount = 0, number;
    int r = find_mount(fd, &mount);
    bool listed = false;
    char *line = NULL;
    size_t size = 0;
    FILE *file;

    if (r < 0)
        return r;
    file = fopen("/proc/self/mountinfo", "re");
    if (file == NULL)
        return -errno;
    while (!listed && getline(&line, &size, file) > 0) {
        listed = sscanf(line, "%u ", &number) == 1 && number == mount;
        if (listed)
            r = parse_user(line, user);
    }
    if (!listed)
        r = ferror(file) ? -errno : check_unlisted(fd);
    free(line);
    fclose(file);
    return r;
}
