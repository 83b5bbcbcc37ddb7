/* What the copy holds of a name, in the caller's buffer. */
#ifndef GITDNS_NSS_GITDNS_QUERY_H
#define GITDNS_NSS_GITDNS_QUERY_H

#include "nss_gitdns/cache.h"
#include "nss_gitdns/nss_status.h"

/* A caller's question. Either `result` (with `af`) or `tuples` is set. */
struct query {
    const char *name;
    int af;
    struct hostent *result;
    struct gaih_addrtuple **tuples;
    char *buffer;
    size_t buflen;
};

/* Looks the name up in the current stores, but those that are too old at `now`, Unix time. Any
 * number of threads at once; errno may change. */
enum outcome query_answer(struct cache *cache, const struct query *query, int64_t now);

#endif
