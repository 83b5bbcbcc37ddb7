/* One look-up: may we answer, where is the name, what goes into the caller's buffer. */
#ifndef NSS_GITDNS_LOOKUP_H
#define NSS_GITDNS_LOOKUP_H

#include "nss_gitdns/cache.h"
#include "nss_gitdns/nss_gitdns.h"
#include "nss_gitdns/place.h"

/* All that a process keeps between look-ups. */
struct module {
    struct cache cache;
    struct place place;
    _Atomic uint32_t tick; /* the second in which the files were last looked at */
};

/* A caller's question. Either `result` (with `af`) or `tuples` is set. */
struct query {
    const char *name;
    int af;
    struct hostent *result;
    struct gaih_addrtuple **tuples;
    char *buffer;
    size_t buflen;
};

/* Once, before any other thread knows of the module. */
void module_open(struct module *module, const char *store_path, const char *nsswitch_path);

/* `standing`: the h_errno that stood on entry. errno stays as it was. */
enum outcome lookup(struct module *module, const struct query *query, int standing);

#endif
