#include "nss_gitdns/answer.h"
#include "nss_gitdns/hosts_line.h"
#include "nss_gitdns/lookup.h"
#include "nss_gitdns/nss_gitdns.h"
#include "registry/registry.h"
#include <sys/socket.h>

#define EXPORT __attribute__((visibility("default")))

static struct module module;

/* While glibc loads us, under its own lock: no look-up can come before the store is there. */
__attribute__((constructor)) static void load(void)
{
    module_open(&module, STORE_PATH, NSSWITCH_PATH);
}

static enum nss_status ask(const struct query *query, int *errnop, int *h_errnop, int32_t *ttlp)
{
    enum outcome outcome = lookup(&module, query, *h_errnop);

    if (outcome == OUTCOME_HIT && ttlp != NULL)
        *ttlp = ANSWER_TTL;
    return verdict(outcome, errnop, h_errnop);
}

EXPORT enum nss_status _nss_gitdns_gethostbyname4_r(const char *name, struct gaih_addrtuple **pat,
                                                    char *buffer, size_t buflen, int *errnop,
                                                    int *h_errnop, int32_t *ttlp)
{
    struct query query = {.name = name, .tuples = pat, .buffer = buffer, .buflen = buflen};

    return ask(&query, errnop, h_errnop, ttlp);
}

EXPORT enum nss_status _nss_gitdns_gethostbyname3_r(const char *name, int af,
                                                    struct hostent *result, char *buffer,
                                                    size_t buflen, int *errnop, int *h_errnop,
                                                    int32_t *ttlp, char **canonp)
{
    struct query query = {
        .name = name, .af = af, .result = result, .buffer = buffer, .buflen = buflen};
    enum nss_status status = ask(&query, errnop, h_errnop, ttlp);

    if (status == NSS_STATUS_SUCCESS && canonp != NULL)
        *canonp = result->h_name;
    return status;
}

EXPORT enum nss_status _nss_gitdns_gethostbyname2_r(const char *name, int af,
                                                    struct hostent *result, char *buffer,
                                                    size_t buflen, int *errnop, int *h_errnop)
{
    return _nss_gitdns_gethostbyname3_r(name, af, result, buffer, buflen, errnop, h_errnop, NULL,
                                        NULL);
}

EXPORT enum nss_status _nss_gitdns_gethostbyname_r(const char *name, struct hostent *result,
                                                   char *buffer, size_t buflen, int *errnop,
                                                   int *h_errnop)
{
    return _nss_gitdns_gethostbyname3_r(name, AF_INET, result, buffer, buflen, errnop, h_errnop,
                                        NULL, NULL);
}
