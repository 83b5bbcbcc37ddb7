/* IPv4 and IPv6 addresses in network byte order, 4 or 16 octets. */
#ifndef GITDNS_REGISTRY_ADDRESS_H
#define GITDNS_REGISTRY_ADDRESS_H

#include <stddef.h>

#define ADDRESS_MAX_OCTETS 16

/* Parses the `len` octets of text in any form that inet_pton takes. Returns 4 or 16, the octets
 * written to `address`, or E_ADDRESS_SYNTAX. */
int address_parse(const char *text, size_t len, unsigned char address[ADDRESS_MAX_OCTETS]);

/* Writes the inet_ntop form of a 4- or 16-octet address without a NUL to `out`, which has room for
 * INET6_ADDRSTRLEN octets; returns its length. */
size_t address_format(const unsigned char *address, size_t octets, char *out);

/* 0 if a public registry may hold the address, E_ADDRESS_REFUSED if it is not globally reachable
 * (IANA's special-purpose address registries, RFC 6890; IPv6: 2000::/3 only, less its special
 * parts). */
int address_check_public(const unsigned char *address, size_t octets);

/* The same of an address that a host of some network may have there: private use (RFC 1918), shared
 * (RFC 6598) and unique local (RFC 4193) ones as well. Not what a DNS says to block a name, or
 * makes up: 0.0.0.0, the loopback, those for documentation and benchmarks. */
int address_check_private(const unsigned char *address, size_t octets);

#endif
