/* The service `gitdns_outage`: before DNS, the copy for what is known to be out. */
#include "copy/copy.h"
#include "nss_gitdns/entry.h"
#include "nss_gitdns/lookup_outage.h"
#include "registry/registry.h"
#include <resolv.h>

static struct outage outage;

__attribute__((constructor)) static void load(void)
{
    outage_open(&outage, STORE_PATH, BOARD_PATH, _PATH_RESCONF);
}

enum nss_status service_ask(const struct query *query, int *errnop, int *h_errnop)
{
    enum outcome outcome = outage_lookup(&outage, query);

    if (outcome == OUTCOME_PASS)
        return outage_pass(h_errnop);
    return outage_verdict(outcome, errnop, h_errnop);
}
