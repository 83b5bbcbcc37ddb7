/* One line of seen.gz (seen.h): a name, its addresses with what is known of them, its canonical
 * name. */
#ifndef GITDNS_PUBLISH_SEEN_LINE_H
#define GITDNS_PUBLISH_SEEN_LINE_H

#include "publish/rank.h"
#include "registry/address.h"
#include "registry/registry.h"
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#define SEEN_ADDRESSES_MAX (2 * RANKED_MAX)

struct seen_address {
    uint8_t octets;
    uint8_t last, first;
    unsigned char address[ADDRESS_MAX_OCTETS];
};

struct seen_line {
    const char *name, *cname; /* not NUL-terminated */
    unsigned name_len, cname_len;
    unsigned count;
    struct seen_address address[SEEN_ADDRESSES_MAX];
};

#define SEEN_LINE_MAX                                                                              \
    (NAME_MAX_OCTETS + SEEN_ADDRESSES_MAX * (INET6_ADDRSTRLEN + sizeof "/255/255") + 7 +           \
     NAME_MAX_OCTETS + 1)

/* Parses the line, without its LF; *line points into it. Returns 0 or -1. */
int seen_line_parse(const char *text, size_t len, struct seen_line *line);

/* Writes the line with its LF, without a NUL; returns its length. */
size_t seen_line_format(const struct seen_line *line, char out[SEEN_LINE_MAX]);

#endif
