#include "base/path_rest.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* path_resolution(7) */
#define LINKS_MAX 40

static void skip_slashes(struct path_rest *rest, size_t from)
{
    from += strspn(rest->text + from, "/");
    memmove(rest->text, rest->text + from, strlen(rest->text + from) + 1);
}

int path_rest_set(struct path_rest *rest, const char *here, const char *path)
{
    int n = snprintf(rest->text, sizeof rest->text, "%s/%s", here, path);

    if (n >= (int)sizeof rest->text)
        return -ENAMETOOLONG;
    rest->links = 0;
    skip_slashes(rest, 0);
    return 0;
}

int path_rest_take(struct path_rest *rest, char name[NAME_MAX + 1])
{
    size_t len = strcspn(rest->text, "/");

    if (len > NAME_MAX)
        return -ENAMETOOLONG;
    memcpy(name, rest->text, len);
    name[len] = '\0';
    skip_slashes(rest, len);
    return 0;
}

int path_rest_follow(struct path_rest *rest, int fd)
{
    char target[PATH_MAX];
    size_t left = strlen(rest->text);
    ssize_t n = readlinkat(fd, "", target, sizeof target);

    if (n < 0)
        return -errno;
    if (++rest->links > LINKS_MAX)
        return -ELOOP;
    if (n == sizeof target || (size_t)n + 1 + left >= sizeof rest->text)
        return -ENAMETOOLONG;
    memmove(rest->text + n + 1, rest->text, left + 1);
    memcpy(rest->text, target, (size_t)n);
    rest->text[n] = '/';
    skip_slashes(rest, 0);
    return target[0] == '/';
}
