/* Which addresses a name keeps in ranked records: of each family those of the lowest place
 * (records_place.h), of one place those that were seen last, newest first, ties in the order of
 * their octets. */
#ifndef GITDNS_PUBLISH_RANK_H
#define GITDNS_PUBLISH_RANK_H

#include "dns/dns_answer.h"
#include <stdint.h>

/* Addresses of each family. An answer with 8 of each fits into the 1,024 octets that callers of
 * glibc usually offer. */
#define RANKED_MAX 8
_Static_assert(ANSWER_ADDRESSES_MAX >= RANKED_MAX, "an answer could not fill a record");

struct records;
struct node;

/* Adds the address, with `like`'s octets and ages, to the item (records_layout.h), or what is known
 * of it to what is there. Returns 0, E_RECORDS_FULL or -ENOMEM. */
int rank_add(struct records *records, uint32_t item, const struct node *like,
             const unsigned char *address);

/* Puts the item's addresses in order, IPv4 first. */
void rank_sort(struct records *records, uint32_t item);

#endif
