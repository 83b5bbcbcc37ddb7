#include "nss_gitdns/entry.h"
#include "nss_gitdns/answer.h"
#include "nss_gitdns/gitdns.h"
#include "nss_gitdns/gitdns_outage.h"
#include <sys/socket.h>

#define EXPORT __attribute__((visibility("default")))
#define ASK_OF(service) service##_ask
#define ASK(service) ASK_OF(service)

static enum nss_status ask(const struct query *query, int *errnop, int *h_errnop, int32_t *ttlp)
{
    enum nss_status status = ASK(SERVICE)(query, errnop, h_errnop);

    if (status == NSS_STATUS_SUCCESS && ttlp != NULL)
        *ttlp = ANSWER_TTL;
    return status;
}

EXPORT enum nss_status ENTRY(gethostbyname4_r)(const char *name, struct gaih_addrtuple **pat,
                                               char *buffer, size_t buflen, int *errnop,
                                               int *h_errnop, int32_t *ttlp)
{
    struct query query = {.name = name, .tuples = pat, .buffer = buffer, .buflen = buflen};

    return ask(&query, errnop, h_errnop, ttlp);
}

/* What the other entry points share: a call of one that is exported would go through the linker's
 * table. */
static enum nss_status ask_by_name(const char *name, int af, struct hostent *result, char *buffer,
                                   size_t buflen, int *errnop, int *h_errnop, int32_t *ttlp)
{
    struct query query = {
        .name = name, .af = af, .result = result, .buffer = buffer, .buflen = buflen};

    return ask(&query, errnop, h_errnop, ttlp);
}

EXPORT enum nss_status ENTRY(gethostbyname3_r)(const char *name, int af, struct hostent *result,
                                               char *buffer, size_t buflen, int *errnop,
                                               int *h_errnop, int32_t *ttlp, char **canonp)
{
    enum nss_status status = ask_by_name(name, af, result, buffer, buflen, errnop, h_errnop, ttlp);

    if (status == NSS_STATUS_SUCCESS && canonp != NULL)
        *canonp = result->h_name;
    return status;
}

EXPORT enum nss_status ENTRY(gethostbyname2_r)(const char *name, int af, struct hostent *result,
                                               char *buffer, size_t buflen, int *errnop,
                                               int *h_errnop)
{
    return ask_by_name(name, af, result, buffer, buflen, errnop, h_errnop, NULL);
}

EXPORT enum nss_status ENTRY(gethostbyname_r)(const char *name, struct hostent *result,
                                              char *buffer, size_t buflen, int *errnop,
                                              int *h_errnop)
{
    return ask_by_name(name, AF_INET, result, buffer, buflen, errnop, h_errnop, NULL);
}
