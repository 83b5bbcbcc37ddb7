/* The service `gitdns_outage`: before DNS, the copy for what is known to be out. */
#ifndef GITDNS_NSS_GITDNS_GITDNS_OUTAGE_H
#define GITDNS_NSS_GITDNS_GITDNS_OUTAGE_H

#include "nss_gitdns/nss_status.h"
#include "nss_gitdns/query.h"

/* Fills what the query names, *errnop and *h_errnop. */
enum nss_status gitdns_outage_ask(const struct query *query, int *errnop, int *h_errnop);

#endif
