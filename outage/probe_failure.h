/* Why a nameserver gave no answer. */
#ifndef GITDNS_OUTAGE_PROBE_FAILURE_H
#define GITDNS_OUTAGE_PROBE_FAILURE_H

/* Any other value is a status of c-ares (ares.h), which are positive. */
enum probe_failure {
    PROBE_NO_ANSWER = 0,
    PROBE_REFUSED = -1, /* a rule of the nameserver's own as likely as an outage */
    PROBE_LAME = -2,    /* it knows nothing of the name and asks nobody who does */
};

/* In a few words, for the log. */
const char *probe_failure_text(enum probe_failure failure);

#endif
