/* The registry text: one line a name, strictly ascending in canonical order.
 *
 *   line = name 1*(SP address) [SP "cname=" name] LF
 *
 * Addresses in inet_ntop form, IPv4 first, no duplicates, at most ADDRESSES_MAX.
 */
#ifndef GITDNS_REGISTRY_TEXT_H
#define GITDNS_REGISTRY_TEXT_H

#include "registry/record.h"
#include <netinet/in.h>
#include <stdbool.h>

#define TEXT_LINE_MAX (NAME_MAX_OCTETS + ADDRESSES_MAX * INET6_ADDRSTRLEN + 7 + NAME_MAX_OCTETS + 1)

/* State of reading one text from its first line; start with { .private = … } and all else zero. */
struct text_reader {
    bool private; /* special-use names and addresses that are not globally reachable may stand */
    char previous[NAME_MAX_OCTETS + 1];
    unsigned previous_len;
    unsigned char ipv4[ADDRESSES_MAX * 4];
    unsigned char ipv6[ADDRESSES_MAX * 16];
};

/* For text_parse and delta_parse: whether the name may stand on the next line (0, or why not:
 * syntax, special use, order), and that it does. */
int text_check_name(const struct text_reader *reader, const char *name, size_t len);
void text_accept_name(struct text_reader *reader, const char *name, size_t len);

/* Parses one line (without its LF) into the record, which points into the line and the reader and
 * is good until the next call. Returns 0 or why the line is refused. */
int text_parse(struct text_reader *reader, const char *line, size_t len, struct record *record);

/* Whether a record may stand where private ones may not. Returns 0, E_NAME_SPECIAL or
 * E_ADDRESS_REFUSED. */
int text_check_public(const struct record *record);

/* Writes the record's line, LF included, to `line` (TEXT_LINE_MAX octets, no NUL); returns its
 * length. text_parse of it gives the record again. */
size_t text_format(const struct record *record, char *line);

#endif
