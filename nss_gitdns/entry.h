/* What glibc calls. */
#ifndef GITDNS_NSS_GITDNS_ENTRY_H
#define GITDNS_NSS_GITDNS_ENTRY_H

#include <netdb.h>
#include <nss.h>
#include <stddef.h>
#include <stdint.h>

/* entry.c is compiled once for each service, and calls that one's _ask. */
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

#endif
