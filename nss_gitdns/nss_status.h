/* What a service says to glibc: outcome -> status, errno, h_errno. */
#ifndef GITDNS_NSS_GITDNS_NSS_STATUS_H
#define GITDNS_NSS_GITDNS_NSS_STATUS_H

#include <netdb.h>
#include <nss.h>
#include <stddef.h>
#include <stdint.h>

enum outcome {
    OUTCOME_HIT,
    OUTCOME_TOO_SMALL, /* the caller's buffer */
    OUTCOME_NO_FAMILY, /* the name is there, but no address of the family that was asked for */
    OUTCOME_DRILL,     /* the copy has no answer, and DNS is not to be asked */
    OUTCOME_PASS,      /* all else */
};

/* What gitdns says. As if it were not in the line, whatever stood before it; for a hit, success.
 * On glibc 2.36 and 2.41 any other status of a last service changes what the application sees. */
enum nss_status nss_status_of(enum outcome outcome, int *errnop, int *h_errnop);

/* What gitdns_outage says, which has `dns` behind it: a hit, or to go on. Of a known name without
 * that family, and in a drill of all that it does not know, it says `try again`, with which
 * `[TRYAGAIN=return]` ends the look-up. */
enum nss_status nss_status_of_outage(enum outcome outcome, int *errnop, int *h_errnop);

/* The status for OUTCOME_PASS, in the caller's own code. */
static inline enum nss_status outage_pass(int *h_errnop)
{
    /* glibc gives up on an h_errno of -1 that an earlier look-up has left. */
    *h_errnop = HOST_NOT_FOUND;
    return NSS_STATUS_UNAVAIL;
}

#endif
