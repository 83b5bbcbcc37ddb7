/* The page for people in the published folder: index.html.
 *
 * It is made of the files in publish/page, which the program holds, of the registry's name and of
 * the lines for gitdns.conf; the rest it reads where it is shown, in a browser. No part of the
 * registry: nobody but people reads it. One that somebody else has put there stays.
 */
#ifndef GITDNS_PUBLISH_PAGE_H
#define GITDNS_PUBLISH_PAGE_H

#include "publish/tree.h"
#include <stdbool.h>

/* What `private =` in gitdns.conf has to be. */
enum page_private { PAGE_PUBLIC, PAGE_SOME, PAGE_ALL };

struct page {
    const char *name; /* the registry's */
    const struct keys *keys;
    enum page_private private;
};

/* Puts the page into the tree unless it is there, octet for octet. *fresh: there was no index.html.
 * Returns 0, E_PAGE_OTHERS, -ENOMEM or -errno. */
int page_put(const struct tree *tree, const struct page *page, bool *fresh,
             struct problem *problem);

/* Removes a page of ours; another's stays. Returns 0 or -errno. */
int page_remove(const struct tree *tree, struct problem *problem);

#endif
