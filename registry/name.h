/* Names: syntax, canonical order, and the names that a public registry must not hold.
 *
 * A name is 1 to 253 octets of labels of 1 to 63 of `a-z 0-9 - _`, neither starting nor ending
 * with `-`, no trailing dot, last label not all digits (it would read as an IPv4 address, and no
 * top-level domain is one: RFC 3696 section 2). No IDNA check: `--` in the third and fourth place
 * is common in real names.
 */
#ifndef GITDNS_REGISTRY_NAME_H
#define GITDNS_REGISTRY_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies the `len` octets of a host name as people and files write it into `name` (at least
 * NAME_MAX_OCTETS + 1 octets): lower-case, one trailing dot taken off, NUL-terminated.
 * Returns its length, E_NAME_SYNTAX or E_NAME_NUMERIC. */
int name_normalise(const char *text, size_t len, char *name);

/* 0 if the `len` octets are a name in the normal form above, E_NAME_SYNTAX or E_NAME_NUMERIC. */
int name_check(const char *name, size_t len);

/* 0 if a public registry may hold the name, E_NAME_SPECIAL if it is one label or special-use
 * (RFC 6761, 6762, 7686, 8375, 8880, 9462, 9476 and ICANN's .internal). The name must be in normal
 * form. */
int name_check_public(const char *name, size_t len);

/* The same of a name that the DNS of some network may have for itself: those in .internal and
 * home.arpa (RFC 8375) as well. What no DNS is to be asked for stays refused, such as .local, which
 * is multicast DNS's. */
int name_check_private(const char *name, size_t len);

/* Whether it is an address's name, for reverse look-ups. The name must be in normal form. */
bool name_is_reverse(const char *name, size_t len);

/* <0, 0, >0: the canonical order of DNS names (RFC 4034 section 6.1), in which a domain comes
 * before the names below it. Both must be in normal form. */
int name_compare(const char *a, size_t alen, const char *b, size_t blen);

/* Its characters in that order, a dozen after the first `skip`, as a number: of two names that are
 * the same up to there the one with the smaller key comes first; where the keys are the same, so
 * are these. */
#define NAME_KEY_OCTETS 12
uint64_t name_key(const char *name, size_t len, size_t skip);

/* 0 if the `len` octets may be a registry's own name (1 to 64 of `a-z 0-9 . -`, and not a
 * path), else E_NAME_SYNTAX. */
int registry_name_check(const char *name, size_t len);

#endif
