/* The service `gitdns`: after DNS, the copy for what DNS could not answer. */
#ifndef GITDNS_NSS_GITDNS_GITDNS_H
#define GITDNS_NSS_GITDNS_GITDNS_H

#include "nss_gitdns/nss_status.h"
#include "nss_gitdns/query.h"

/* Fills what the query names, *errnop and *h_errnop. */
enum nss_status gitdns_ask(const struct query *query, int *errnop, int *h_errnop);

#endif
