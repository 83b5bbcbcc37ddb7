#include "cli/permissions.h"
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COMMAND_PATH_MAX 256
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-"

/* The first folder on the way that is not root's. Its owner may have put links to other files
 * behind it, so that nothing there is to be changed as root. */
struct foreign {
    char path[PATH_MAX]; /* empty: none yet */
    uid_t owner;
};

static bool is_closed(const struct stat *st)
{
    return (st->st_mode & (S_ISDIR(st->st_mode) ? S_IXOTH : S_IROTH)) == 0;
}

/* Whether it can stand in a command as it is. */
static bool is_plain(const char *path)
{
    size_t len = strlen(path);

    return len < COMMAND_PATH_MAX && strspn(path, PLAIN) == len;
}

static void set_mend(struct closed_path *closed, const struct stat *st,
                     const struct foreign *foreign)
{
    const char *mode = S_ISDIR(st->st_mode) ? "a+x" : "a+r", *path = closed->path;
    const struct passwd *owner = foreign->path[0] != '\0' ? getpwuid(foreign->owner) : NULL;

    if (!is_plain(path) || !is_plain(foreign->path) || (foreign->path[0] != '\0' && owner == NULL))
        message_set(closed->mend, "let every user get at it");
    else if (owner == NULL)
        message_set(closed->mend, "chmod %s %s", mode, path);
    else if (st->st_uid == foreign->owner)
        message_set(closed->mend, "runuser -u %s -- chmod %s %s", owner->pw_name, mode, path);
    else
        message_set(closed->mend, "chown -R %s: %s && runuser -u %s -- chmod %s %s", owner->pw_name,
                    foreign->path, owner->pw_name, mode, path);
}

/* Each component, from / on. */
static bool walk(const char *path, struct closed_path *closed, struct foreign *foreign)
{
    for (size_t len = 0;; len += 1 + strcspn(path + len + 1, "/")) {
        struct stat st;

        snprintf(closed->path, sizeof closed->path, "%.*s", len > 0 ? (int)len : 1, path);
        if (stat(closed->path, &st) < 0)
            return false;
        if (is_closed(&st)) {
            set_mend(closed, &st, foreign);
            return true;
        }
        if (S_ISDIR(st.st_mode) && st.st_uid != 0 && foreign->path[0] == '\0') {
            strcpy(foreign->path, closed->path);
            foreign->owner = st.st_uid;
        }
        if (path[len] == '\0')
            return false;
    }
}

bool permissions_find(const char *path, struct closed_path *closed)
{
    char real[PATH_MAX], above[PATH_MAX];
    struct foreign foreign = {.path = ""};

    /* The file itself has its own name where it really lies. */
    snprintf(above, sizeof above, "%.*s", (int)(strrchr(path, '/') - path), path);
    return walk(above, closed, &foreign) ||
           (realpath(path, real) != NULL && walk(real, closed, &foreign));
}
