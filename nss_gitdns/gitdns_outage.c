#include "nss_gitdns/gitdns_outage.h"
#include "copy/copy.h"
#include "nss_gitdns/lookup_outage.h"
#include "registry/registry.h"
#include <resolv.h>

static struct outage outage;

__attribute__((constructor)) static void load(void)
{
    lookup_outage_open(&outage, STORE_DIRECTORY, BOARD_PATH, _PATH_RESCONF);
}

enum nss_status gitdns_outage_ask(const struct query *query, int *errnop, int *h_errnop)
{
    enum outcome outcome = lookup_outage(&outage, query);

    if (outcome == OUTCOME_PASS)
        return outage_pass(h_errnop);
    return nss_status_of_outage(outcome, errnop, h_errnop);
}
