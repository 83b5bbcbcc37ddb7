#include "nss_gitdns/nss_status.h"
#include <errno.h>

static enum nss_status pass(int *errnop, int *h_errnop)
{
    switch (*h_errnop) {
    case NETDB_INTERNAL:
        if (*errnop != EBUSY)
            return NSS_STATUS_UNAVAIL;
        /* A service is not installed. getaddrinfo would end here; it asks twice, so EBUSY stays. */
        *h_errnop = TRY_AGAIN;
        return NSS_STATUS_TRYAGAIN;
    case TRY_AGAIN:
        if (*errnop != EBUSY)
            *errnop = EAGAIN;
        return NSS_STATUS_TRYAGAIN;
    case NO_RECOVERY:
        if (*errnop == EMSGSIZE) /* an answer that dns could not parse */
            return NSS_STATUS_UNAVAIL;
        break;
    case NO_DATA:
    case HOST_NOT_FOUND:
        break;
    default:
        if (*errnop == EMFILE || *errnop == ENFILE) /* files could not open, and said no more */
            return NSS_STATUS_UNAVAIL;
        *h_errnop = HOST_NOT_FOUND;
        break;
    }
    *errnop = ENOENT;
    return NSS_STATUS_NOTFOUND;
}

static enum nss_status hit(int *h_errnop)
{
    *h_errnop = NETDB_SUCCESS;
    return NSS_STATUS_SUCCESS;
}

static enum nss_status too_small(int *errnop, int *h_errnop)
{
    *errnop = ERANGE;
    *h_errnop = NETDB_INTERNAL;
    return NSS_STATUS_TRYAGAIN;
}

enum nss_status nss_status_of(enum outcome outcome, int *errnop, int *h_errnop)
{
    switch (outcome) {
    case OUTCOME_HIT:
        return hit(h_errnop);
    case OUTCOME_TOO_SMALL:
        return too_small(errnop, h_errnop);
    case OUTCOME_NO_FAMILY: /* a copy is no authority on absence */
    case OUTCOME_DRILL:
    case OUTCOME_PASS:
        break;
    }
    return pass(errnop, h_errnop);
}

enum nss_status nss_status_of_outage(enum outcome outcome, int *errnop, int *h_errnop)
{
    switch (outcome) {
    case OUTCOME_HIT:
        return hit(h_errnop);
    case OUTCOME_TOO_SMALL:
        return too_small(errnop, h_errnop);
    case OUTCOME_NO_FAMILY:
    case OUTCOME_DRILL:
        *errnop = EAGAIN;
        *h_errnop = TRY_AGAIN;
        return NSS_STATUS_TRYAGAIN;
    case OUTCOME_PASS:
        break;
    }
    return outage_pass(h_errnop);
}
