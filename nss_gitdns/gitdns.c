/* The service `gitdns`: after DNS, the copy for what DNS could not answer. */
#include "copy/copy.h"
#include "hosts_line/grammar.h"
#include "nss_gitdns/entry.h"
#include "nss_gitdns/lookup_gitdns.h"
#include "registry/registry.h"

static struct module module;

/* While glibc loads us, under its own lock: no look-up can come before the store is there. */
__attribute__((constructor)) static void load(void)
{
    module_open(&module, STORE_PATH, NSSWITCH_PATH);
}

enum nss_status service_ask(const struct query *query, int *errnop, int *h_errnop)
{
    if (place_is_first(&module.place))
        *h_errnop = HOST_NOT_FOUND;
    return verdict(lookup(&module, query, *h_errnop), errnop, h_errnop);
}
