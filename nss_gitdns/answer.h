/* A record as glibc wants it, laid out in the caller's buffer. */
#ifndef GITDNS_NSS_GITDNS_ANSWER_H
#define GITDNS_NSS_GITDNS_ANSWER_H

#include "nss_gitdns/nss_status.h"
#include "registry/record.h"

/* RFC 8767 section 5: a stale answer is good for 30 seconds. */
#define ANSWER_TTL 30

/* Fills *result with the record's addresses of family `af`, all of it in the `buflen` octets at
 * `buffer`, which may start anywhere. OUTCOME_NO_FAMILY: no address
 * of that family; OUTCOME_PASS: `af` is none. */
enum outcome answer_hostent(const struct record *record, int af, struct hostent *result,
                            char *buffer, size_t buflen);

/* Fills a list of all the record's addresses. If *pat is not NULL its memory takes the first, else
 * *pat is set. */
enum outcome answer_tuples(const struct record *record, struct gaih_addrtuple **pat, char *buffer,
                           size_t buflen);

#endif
