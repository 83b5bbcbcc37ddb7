/* The files of publish/page, as they lie in the program. */
#ifndef GITDNS_PUBLISH_PAGE_PARTS_H
#define GITDNS_PUBLISH_PAGE_PARTS_H

#include <stddef.h>

struct page_part {
    const char *text;
    size_t len;
};

enum page_part_name { PAGE_HTML, PAGE_STYLE, PAGE_PLOT, PAGE_SCRIPT, PAGE_WORKER };

struct page_part page_part(enum page_part_name name);

#endif
