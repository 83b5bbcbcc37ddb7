/* An NSS module that passes everything on at once: what glibc itself needs to ask one more. */
#include <netdb.h>
#include <nss.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

enum nss_status _nss_none_gethostbyname4_r(const char *name, struct gaih_addrtuple **pat,
                                           char *buffer, size_t buflen, int *errnop, int *h_errnop,
                                           int32_t *ttlp);
enum nss_status _nss_none_gethostbyname2_r(const char *name, int af, struct hostent *result,
                                           char *buffer, size_t buflen, int *errnop, int *h_errnop);

EXPORT enum nss_status _nss_none_gethostbyname4_r(const char *name, struct gaih_addrtuple **pat,
                                                  char *buffer, size_t buflen, int *errnop,
                                                  int *h_errnop, int32_t *ttlp)
{
    (void)name, (void)pat, (void)buffer, (void)buflen, (void)errnop, (void)ttlp;
    *h_errnop = HOST_NOT_FOUND;
    return NSS_STATUS_UNAVAIL;
}

EXPORT enum nss_status _nss_none_gethostbyname2_r(const char *name, int af, struct hostent *result,
                                                  char *buffer, size_t buflen, int *errnop,
                                                  int *h_errnop)
{
    (void)name, (void)af, (void)result, (void)buffer, (void)buflen, (void)errnop;
    *h_errnop = HOST_NOT_FOUND;
    return NSS_STATUS_UNAVAIL;
}
