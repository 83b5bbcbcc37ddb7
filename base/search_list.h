/* What resolv.conf(5) says of names without a dot: the domains in which they are searched, as glibc
 * reads them. Where neither `search` nor `domain` is there it is the host's own. Of the environment
 * (LOCALDOMAIN, RES_OPTIONS) nothing is known here. As line_reader.h, for every process.
 */
#ifndef GITDNS_BASE_SEARCH_LIST_H
#define GITDNS_BASE_SEARCH_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* Of a longer line the domains that are whole in so many octets count. */
#define SEARCH_LIST_OCTETS 1024

struct search_list {
    size_t start, end;
    char domains[SEARCH_LIST_OCTETS]; /* with blanks between; `.`: the name as it is */
};

/* Where the file cannot be read, what glibc does without one. */
void search_list_read(const char *path, struct search_list *list);

/* That a name is taken as it is, and no other way. */
void search_list_none(struct search_list *list);

/* Writes the next text to try for `name`, in glibc's order, NUL-terminated; one that does not fit
 * is left out. Start with *at = 0. False at the end. */
bool search_list_next(const struct search_list *list, size_t *at, const char *name, char *out,
                      size_t size);

#endif
