/* The addresses of one name in ranked records, which are looked at, put in their places, and taken
 * out. */
#ifndef GITDNS_PUBLISH_RECORDS_PLACE_H
#define GITDNS_PUBLISH_RECORDS_PLACE_H

#include "publish/records.h"
#include "registry/address.h"

/* `last` and `first` of an address that no serial is known to have seen. */
#define SEEN_NEVER UINT8_MAX

struct records_address {
    uint8_t octets, last;
    unsigned char address[ADDRESS_MAX_OCTETS];
};

/* The name's addresses, one after the other: start with *at = 0. Returns false after the last. */
bool records_address_next(const struct records *records, uint32_t id, uint32_t *at,
                          struct records_address *address);

/* Gives the name's address that place, the lowest being the first; one that the name has not is
 * added, as never seen, if it ranks high enough (rank.h). Returns 0, -ENOMEM or E_RECORDS_FULL. */
int records_address_place(struct records *records, uint32_t id, const unsigned char *address,
                          size_t octets, unsigned place);

/* Takes the address out, if the name has it. */
void records_address_drop(struct records *records, uint32_t id, const unsigned char *address,
                          size_t octets);

#endif
