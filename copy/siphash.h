/* SipHash-2-4 (Aumasson, Bernstein): a keyed 64-bit hash of short strings. By hand, since the
 * module may link no library but libc; libsodium's crypto_shorthash gives the same. */
#ifndef GITDNS_COPY_SIPHASH_H
#define GITDNS_COPY_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
    uint64_t k0, k1; /* as little-endian octets 0 to 7 and 8 to 15 */
};

uint64_t siphash(const struct siphash_key *key, const char *data, size_t len);

#endif
