/* How large a store becomes: what a CDB can address ends at 4 GiB, and tinycdb's own finish reports
 * success over a broken file then. */
#ifndef GITDNS_REGISTRY_STORE_SIZE_H
#define GITDNS_REGISTRY_STORE_SIZE_H

#include "registry/registry.h"
#include <stddef.h>
#include <stdint.h>

/* The table of hash tables. */
#define STORE_SIZE_EMPTY 2048
/* A record's lengths in front of it, and its two hash slots behind the data. */
#define STORE_SIZE_RECORD (8 + 16)
/* Without a name, and with the longest manifest, signature and deadline, each under a key of one
 * octet. */
#define STORE_SIZE_META_MAX                                                                        \
    (STORE_SIZE_EMPTY + 3 * (1 + STORE_SIZE_RECORD) + MANIFEST_MAX_OCTETS + SIGNATURE_MAX_OCTETS + \
     8)

/* Adds a record to the size. Returns 0, or E_STORE_FULL with *size as it was. */
int store_size_add(uint64_t *size, size_t key_len, size_t value_len);

#endif
