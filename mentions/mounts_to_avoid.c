#include "mentions/mounts_to_avoid.h"
#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOUNTS_MAX 4096

static bool is_remote(const char *type)
{
    static const char *const types[] = {"9p",   "afs",   "autofs", "ceph", "cifs",
                                        "coda", "davfs", "fuse",   "gfs2", "lustre",
                                        "nfs",  "nfs4",  "ocfs2",  "smb3", "virtiofs"};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return strncmp(type, "fuse.", 5) == 0;
}

static int add(struct mounts_to_avoid *mounts, const char *path)
{
    char **paths = reallocarray(mounts->path, mounts->count + 1, sizeof *paths);

    if (paths != NULL)
        mounts->path = paths;
    if (paths == NULL || (paths[mounts->count] = strdup(path)) == NULL)
        return -ENOMEM;
    mounts->count++;
    return 0;
}

int mounts_to_avoid_read(struct mounts_to_avoid *mounts, const char *table)
{
    FILE *file = setmntent(table, "re");
    const struct mntent *mount;
    int r = 0;

    *mounts = (struct mounts_to_avoid){.count = 0};
    if (file == NULL)
        return 0;
    while (r == 0 && mounts->count < MOUNTS_MAX && (mount = getmntent(file)) != NULL)
        if (is_remote(mount->mnt_type) && strcmp(mount->mnt_dir, "/") != 0)
            r = add(mounts, mount->mnt_dir);
    endmntent(file);
    return r;
}

bool mounts_to_avoid_have(const struct mounts_to_avoid *mounts, const char *path)
{
    for (size_t i = 0; i < mounts->count; i++) {
        size_t len = strlen(mounts->path[i]);

        if (strncmp(path, mounts->path[i], len) == 0 && (path[len] == '/' || path[len] == '\0'))
            return true;
    }
    return false;
}

void mounts_to_avoid_free(struct mounts_to_avoid *mounts)
{
    for (size_t i = 0; i < mounts->count; i++)
        free(mounts->path[i]);
    free(mounts->path);
}
