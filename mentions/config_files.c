#include "mentions/config_files.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path_open.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of one pattern: folders may have any number of entries, and what comes after it counts, too. */
#define TRIES_MAX (1u << 16)
#define MOUNTS "/proc/self/mounts"

int config_files_open(struct config_files *files, const char *root)
{
    files->root = open(root != NULL ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (files->root < 0)
        return -errno;
    files->buffer = malloc(MENTIONS_FILE_OCTETS);
    if (files->buffer == NULL)
        return -ENOMEM;
    return root == NULL ? mounts_to_avoid_read(&files->remote, MOUNTS) : 0;
}

void config_files_close(struct config_files *files)
{
    if (files->root >= 0)
        close(files->root);
    mounts_to_avoid_free(&files->remote);
    free(files->buffer);
}

int config_files_open_at(const struct config_files *files, const char *path, int flags)
{
    return mounts_to_avoid_have(&files->remote, path)
               ? -ENOENT
               : path_open(files->root, path, flags | O_NONBLOCK | O_NOCTTY);
}

static bool is_absent(int r)
{
    return r == -ENOENT || r == -ENOTDIR;
}

/* Returns the length of its text, E_FILE_LONG with the buffer full, or -errno. */
static int read_file(struct config_files *files, const char *path)
{
    int fd = config_files_open_at(files, path, O_RDONLY), r;
    struct stat st;

    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0)
        r = -errno;
    /* In a user's home root reads what is that user's. */
    else if (files->owner != CONFIG_FILES_ANY && st.st_uid != files->owner)
        r = -EPERM;
    else
        r = file_read_all(fd, files->buffer, MENTIONS_FILE_OCTETS);
    files->others = files->owner == CONFIG_FILES_ANY && st.st_uid != 0 && st.st_uid != geteuid();
    close(fd);
    return r;
}

static size_t whole_lines(const char *text, size_t len)
{
    const char *lf = memrchr(text, '\n', len);

    return lf != NULL ? (size_t)(lf - text) + 1 : 0;
}

static bool is_full(const struct config_files *files)
{
    return files->files >= MENTIONS_FILES_MAX || files->octets >= MENTIONS_OCTETS_MAX;
}

static void give_file(void *user, const char *path)
{
    struct config_files *files = user;
    size_t len;
    int r;

    if (is_full(files))
        return;
    r = read_file(files, path);
    if (is_absent(r))
        return;
    if (r < 0)
        files->leave(files->user, path, r);
    if (r < 0 && r != E_FILE_LONG)
        return;
    len = r < 0 ? whole_lines(files->buffer, MENTIONS_FILE_OCTETS) : (size_t)r;
    files->files++;
    files->octets += len;
    files->take(files->user, path, files->buffer, len);
    if (is_full(files))
        files->leave(files->user, path, E_LIST_LONG);
}

/* Parts of a pattern with a `*`; of one that has more nothing is found. */
#define LEVELS_MAX 4

/* A folder whose entries are looked through. */
struct level {
    DIR *folder;
    size_t len; /* of its path, `/` included */
    char pattern[NAME_MAX + 1];
    const char *rest; /* of the whole pattern, behind this part */
};

/* What is looked for, and how far it has been found. */
struct walk {
    struct config_files *files;
    char path[PATH_MAX];
    unsigned tries; /* paths that were looked at */
    unsigned depth;
    struct level level[LEVELS_MAX];
    void (*found)(void *user, const char *path);
    void *user;
};

static DIR *open_folder(const struct config_files *files, const char *path)
{
    int fd = config_files_open_at(files, path, O_RDONLY | O_DIRECTORY);

    if (fd < 0 && !is_absent(fd))
        files->leave(files->user, path, fd);
    return file_entries(fd);
}

/* Goes on with `rest` behind the `len` octets of the path: it is the path, or leads to a folder. */
static void enter(struct walk *walk, size_t len, const char *rest)
{
    const char *star = strchr(rest, '*'), *part, *end;
    struct level *level = &walk->level[walk->depth];

    if (walk->tries++ >= TRIES_MAX || len + strlen(rest) >= PATH_MAX)
        return;
    if (star == NULL) {
        strcpy(walk->path + len, rest);
        walk->found(walk->user, walk->path);
        return;
    }
    if (walk->depth == LEVELS_MAX)
        return;
    part = (const char *)memrchr(rest, '/', (size_t)(star - rest)) + 1;
    end = strchrnul(part, '/');
    snprintf(level->pattern, sizeof level->pattern, "%.*s", (int)(end - part), part);
    memcpy(walk->path + len, rest, (size_t)(part - rest));
    level->len = len + (size_t)(part - rest);
    level->rest = end;
    walk->path[level->len] = '\0';
    level->folder = open_folder(walk->files, walk->path);
    walk->depth += level->folder != NULL;
}

void config_files_match(struct config_files *files, const char *pattern,
                        void (*found)(void *user, const char *path), void *user)
{
    struct walk walk = {.files = files, .found = found, .user = user};

    enter(&walk, 0, pattern);
    while (walk.depth > 0) {
        const struct level *level = &walk.level[walk.depth - 1];
        const struct dirent *entry = walk.tries < TRIES_MAX ? readdir(level->folder) : NULL;
        size_t len = entry != NULL ? strlen(entry->d_name) : 0;

        if (entry == NULL) {
            closedir(level->folder);
            walk.depth--;
            continue;
        }
        walk.tries++;
        if (level->len + len >= PATH_MAX || fnmatch(level->pattern, entry->d_name, FNM_PERIOD) != 0)
            continue;
        memcpy(walk.path + level->len, entry->d_name, len + 1);
        enter(&walk, level->len + len, level->rest);
    }
    if (walk.tries >= TRIES_MAX)
        files->leave(files->user, pattern, E_LIST_LONG);
}

void config_files_each(struct config_files *files, const char *pattern, uid_t owner)
{
    files->owner = owner;
    config_files_match(files, pattern, give_file, files);
}
