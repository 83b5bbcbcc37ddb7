/* What is left of a path that is gone step by step, links by hand. */
#ifndef GITDNS_BASE_PATH_REST_H
#define GITDNS_BASE_PATH_REST_H

#include <limits.h>

struct path_rest {
    char text[2 * PATH_MAX]; /* without slashes before it; empty: nothing is left */
    unsigned links;
};

/* Begins with `path`, in the folder `here` where it is relative; both end in 0. Returns 0 or
 * -ENAMETOOLONG. */
int path_rest_set(struct path_rest *rest, const char *here, const char *path);

/* Takes the first component off; the name is empty if nothing is left. Returns 0 or
 * -ENAMETOOLONG. */
int path_rest_take(struct path_rest *rest, char name[NAME_MAX + 1]);

/* Puts what the link `fd`, an O_PATH descriptor, leads to before what is left. Returns 1 if that
 * begins at the root, 0 if in the folder of the link, -ELOOP after as many as Linux itself
 * follows, or -errno. */
int path_rest_follow(struct path_rest *rest, int fd);

#endif
