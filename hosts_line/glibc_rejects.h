/* What of nsswitch.conf makes glibc reject the whole file: a line of any database that it knows
 * whose actions it does not understand. */
#ifndef GITDNS_HOSTS_LINE_GLIBC_REJECTS_H
#define GITDNS_HOSTS_LINE_GLIBC_REJECTS_H

#include <stddef.h>

/* The number, from 1, of the first such line; 0: none. */
size_t glibc_rejects_line(const char *text, size_t len);

/* The same of a file; 0 if it cannot be read. */
size_t glibc_rejects_line_of(const char *path);

#endif
