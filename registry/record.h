/* A record: a name, its addresses, its canonical name if it is an alias.
 *
 * Its value in a store, under the name as the key:
 *
 *   1 octet n4, 1 octet n6, n4 x 4 octets, n6 x 16 octets, the canonical name to the end
 *   (nothing: the name itself)
 */
#ifndef GITDNS_REGISTRY_RECORD_H
#define GITDNS_REGISTRY_RECORD_H

#include "registry/registry.h"
#include <stdbool.h>
#include <stddef.h>

/* Pointers into memory that somebody else owns: a line's parse, or a struct record_copy. Not
 * NUL-terminated. */
struct record {
    const char *name;
    const char *cname; /* NULL: not an alias */
    const unsigned char *ipv4;
    const unsigned char *ipv6;
    unsigned name_len;
    unsigned cname_len;
    unsigned n4;
    unsigned n6;
};

#define RECORD_VALUE_MAX (2 + ADDRESSES_MAX * 16 + NAME_MAX_OCTETS)

/* Room for what a record points into, where it may not stay where it was found. */
struct record_copy {
    char name[NAME_MAX_OCTETS];
    unsigned char value[RECORD_VALUE_MAX];
    size_t at; /* where in its store the value lies */
};

/* Writes the value of a record with at most ADDRESSES_MAX addresses; returns its length. */
size_t record_encode(const struct record *record, unsigned char value[RECORD_VALUE_MAX]);

/* Sets all but `name` of the record from a value, whose octets it then points into. Returns 0 or
 * E_STORE_DAMAGED: any octets may come. The canonical name is checked for length and for
 * the syntax of a name. */
int record_decode(const unsigned char *value, size_t len, struct record *record);

/* Whether both have the same addresses in the same order, and the same canonical name; whatever
 * their names are. */
bool record_same(const struct record *a, const struct record *b);

#endif
