/* All names that are to be published, with their addresses, in memory: at most about 90 octets for
 * a name of usual length with four IPv4 addresses, whatever the order and repetition they come in.
 *
 * Names and addresses lie in one arena and know each other by 32-bit offsets; a hash table finds a
 * name that was there before. records_sort makes the table the list of names in canonical order,
 * for which it takes 32 octets more a name.
 */
#ifndef GITDNS_PUBLISH_RECORDS_H
#define GITDNS_PUBLISH_RECORDS_H

#include "registry/admission.h"
#include "registry/record.h"
#include "registry/registry.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct records;

/* Returns 0 and *records, or -ENOMEM. records_free gives all back; NULL is fine. */
int records_new(struct records **records);
void records_free(struct records *records);

/* Adds an address of 4 or 16 octets to the name, which is in normal form. An address that the name
 * has already is no error. Returns 0, E_ADDRESS_COUNT (the name has ADDRESSES_MAX others), -ENOMEM
 * or E_RECORDS_FULL. Not after records_sort. */
int records_add(struct records *records, const char *name, size_t len, const unsigned char *address,
                size_t octets);

/* From now on a name keeps the RANKED_MAX addresses of each family that rank highest (rank.h).
 * records_add (seen now) then knows no E_ADDRESS_COUNT, and the order in which addresses come makes
 * no difference. */
void records_rank(struct records *records);

/* Adds a name that has no address yet. Returns 1, 0 if it was there, -ENOMEM or E_RECORDS_FULL. */
int records_name(struct records *records, const char *name, size_t len);

/* The id of a name that is there, or 0. */
uint32_t records_find(const struct records *records, const char *name, size_t len);

/* The names in the order in which they were added before any address: the first (0) or the one
 * after `id`; 0 at the end. */
uint32_t records_after(const struct records *records, uint32_t id);

/* The name, not NUL-terminated; good until something is added. */
const char *records_name_of(const struct records *records, uint32_t id, size_t *len);

/* An octet of the caller's a name; at first 0. */
uint8_t records_mark(const struct records *records, uint32_t id);
void records_set_mark(struct records *records, uint32_t id, uint8_t mark);

/* What may be published of the name; at first ADMIT_PUBLIC. What admits less changes nothing. */
enum admission records_admission(const struct records *records, uint32_t id);
void records_admit(struct records *records, uint32_t id, enum admission admission);

/* The port at which the name serves; 0: not known. */
uint16_t records_port(const struct records *records, uint32_t id);
void records_set_port(struct records *records, uint32_t id, uint16_t port);

/* The canonical name, not NUL-terminated, good until something is added; NULL: none. */
const char *records_alias_of(const struct records *records, uint32_t id, size_t *len);

/* Adds an address to ranked records that was last seen `last` serials ago and came in `first`
 * serials ago; 255 stands for more. Returns 0, -ENOMEM or E_RECORDS_FULL. */
int records_hold(struct records *records, uint32_t id, const unsigned char *address, size_t octets,
                 unsigned last, unsigned first);

/* Sets the canonical name; none if `len` is 0. Returns 0, -ENOMEM or E_RECORDS_FULL. */
int records_alias(struct records *records, uint32_t id, const char *cname, size_t len);

bool records_has_address(const struct records *records, uint32_t id);

/* How many names; after records_sort, how many with an address. */
size_t records_count(const struct records *records);

/* How many addresses of that size all names have together. */
uint64_t records_addresses(const struct records *records, size_t octets);

/* Names without an address go from the walk. Returns 0 or -ENOMEM; then only records_free may come.
 */
int records_sort(struct records *records);

/* Of sorted records: whether the name was added, and has got no address. */
bool records_is_bare(const struct records *records, const char *name, size_t len);

/* Serials since an address was last seen, and since it came in. */
struct records_age {
    uint8_t last, first;
};

/* A walk in canonical order; start with .next = 0. */
struct records_walk {
    size_t next;
    unsigned char ipv4[ADDRESSES_MAX * 4];
    unsigned char ipv6[ADDRESSES_MAX * 16];
    struct records_age age[2][ADDRESSES_MAX]; /* of the IPv4, of the IPv6 addresses */
};

/* Returns 1 and the next record, each family's addresses in the order in which they were added; 0
 * at the end. The record points into `records` and `walk`, good until the next call. */
int records_next(const struct records *records, struct records_walk *walk, struct record *record);

#endif
