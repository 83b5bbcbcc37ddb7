/* What glibc calls, and what stands behind it in each of the shared objects: gitdns.c or
 * gitdns_outage.c. */
#ifndef GITDNS_NSS_GITDNS_ENTRY_H
#define GITDNS_NSS_GITDNS_ENTRY_H

#include "nss_gitdns/query.h"

/* entry.c is compiled once for each service. */
#ifndef SERVICE
#define SERVICE gitdns
#endif
#define ENTRY_JOIN(service, function) _nss_##service##_##function
#define ENTRY_OF(service, function) ENTRY_JOIN(service, function)
#define ENTRY(function) ENTRY_OF(SERVICE, function)

/* glibc's own prototypes of what a hosts service may export (nss/nss.h has only the types). */
enum nss_status ENTRY(gethostbyname_r)(const char *name, struct hostent *result, char *buffer,
                                       size_t buflen, int *errnop, int *h_errnop);
enum nss_status ENTRY(gethostbyname2_r)(const char *name, int af, struct hostent *result,
                                        char *buffer, size_t buflen, int *errnop, int *h_errnop);
enum nss_status ENTRY(gethostbyname3_r)(const char *name, int af, struct hostent *result,
                                        char *buffer, size_t buflen, int *errnop, int *h_errnop,
                                        int32_t *ttlp, char **canonp);
enum nss_status ENTRY(gethostbyname4_r)(const char *name, struct gaih_addrtuple **pat, char *buffer,
                                        size_t buflen, int *errnop, int *h_errnop, int32_t *ttlp);

/* The service's answer: fills what the query names, *errnop and *h_errnop. */
enum nss_status service_ask(const struct query *query, int *errnop, int *h_errnop);

#endif
