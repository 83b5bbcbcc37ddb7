#include "nss_gitdns/gitdns.h"
#include "copy/copy.h"
#include "hosts_line/grammar.h"
#include "nss_gitdns/lookup_gitdns.h"
#include "registry/registry.h"
#include <resolv.h>

static struct module module;

/* While glibc loads us, under its own lock: no look-up can come before the store is there. */
__attribute__((constructor)) static void load(void)
{
    lookup_gitdns_open(&module, STORE_DIRECTORY, NSSWITCH_PATH, _PATH_RESCONF);
}

enum nss_status gitdns_ask(const struct query *query, int *errnop, int *h_errnop)
{
    int error = *errnop;
    enum nss_status status;
    bool stale;

    if (position_is_first(&module.position))
        *h_errnop = HOST_NOT_FOUND;
    stale = position_error_is_stale(&module.position, *h_errnop, error);
    if (stale)
        *errnop = 0;
    status = nss_status_of(lookup_gitdns(&module, query, *h_errnop), errnop, h_errnop);
    if (stale && *errnop == 0)
        *errnop = error;
    return status;
}
