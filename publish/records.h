/* All names that are to be published, with their addresses, in memory: at most about 90 octets for
 * a name of usual length with four IPv4 addresses, whatever the order and repetition they come in.
 *
 * Names and addresses lie in one arena and know each other by 32-bit offsets; a hash table finds a
 * name that was there before. records_sort makes the table the list of names in canonical order.
 */
#ifndef GITDNS_PUBLISH_RECORDS_H
#define GITDNS_PUBLISH_RECORDS_H

#include "registry/record.h"
#include "registry/registry.h"
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

size_t records_count(const struct records *records);

/* How many addresses of that size all names have together. */
uint64_t records_addresses(const struct records *records, size_t octets);

void records_sort(struct records *records);

/* A walk in canonical order; start with .next = 0. */
struct records_walk {
    size_t next;
    unsigned char ipv4[ADDRESSES_MAX * 4];
    unsigned char ipv6[ADDRESSES_MAX * 16];
};

/* Returns 1 and the next record, each family's addresses in the order in which they were added; 0
 * at the end. The record points into `records` and `walk`, good until the next call. */
int records_next(const struct records *records, struct records_walk *walk, struct record *record);

#endif
