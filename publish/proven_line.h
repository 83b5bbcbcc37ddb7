/* One line of proven.gz (proven_file.h): a name, its addresses, and what is known of their proof.
 */
#ifndef GITDNS_PUBLISH_PROVEN_LINE_H
#define GITDNS_PUBLISH_PROVEN_LINE_H

#include "publish/pairs.h"
#include "registry/registry.h"
#include <netinet/in.h>
#include <stddef.h>

/* Of a name: those that it has first, then those that went and those of siblings. */
#define PROVEN_PAIRS_MAX 40

struct proven_line {
    const char *name; /* not NUL-terminated */
    size_t name_len;
    size_t count;
    struct pair pair[PROVEN_PAIRS_MAX]; /* `id` is not set */
};

#define PROVEN_LINE_MAX                                                                            \
    (NAME_MAX_OCTETS + PROVEN_PAIRS_MAX * (INET6_ADDRSTRLEN + sizeof "/65535/65535/65535/9") + 1)

/* Parses the line, without its LF; *line points into it. Returns 0 or -1. */
int proven_line_parse(const char *text, size_t len, struct proven_line *line);

/* Writes the line with its LF, without a NUL; returns its length. */
size_t proven_line_format(const struct proven_line *line, char out[PROVEN_LINE_MAX]);

#endif
