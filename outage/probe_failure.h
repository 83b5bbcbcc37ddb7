/* Why a nameserver gave no answer. */
#ifndef GITDNS_OUTAGE_PROBE_FAILURE_H
#define GITDNS_OUTAGE_PROBE_FAILURE_H

#include <stdbool.h>

enum probe_failure {
    PROBE_NO_ANSWER,   /* in all the time that glibc gives it */
    PROBE_UNREACHABLE, /* the kernel says so: nothing listens there, or there is no way */
    PROBE_SERVFAIL,
    PROBE_NOTIMP,
    PROBE_REFUSED,   /* a rule of the nameserver's own as likely as an outage */
    PROBE_LAME,      /* it knows nothing of the name and asks nobody who does */
    PROBE_BROKEN,    /* what came is no message, or the connection ended within it */
    PROBE_FORBIDDEN, /* this process may not ask: says nothing of DNS */
    PROBE_NO_MEANS,  /* memory or descriptors were short: nor does this */
};

/* In a few words, for the log. */
const char *probe_failure_text(enum probe_failure failure);

/* Of what the socket of a question said. */
enum probe_failure probe_failure_of(int error);

/* Whether something was asked at all. */
static inline bool probe_failure_counts(enum probe_failure failure)
{
    return failure != PROBE_FORBIDDEN && failure != PROBE_NO_MEANS;
}

#endif
