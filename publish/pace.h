/* How many names are under way: as many as the resolvers stand.
 *
 * One that is overrun fails, by silence, REFUSED or SERVFAIL, and so do names whose own servers are
 * dead. Where many of the last names failed, a few control questions tell the one from the other:
 * for names that do not exist, which a resolver that is well denies, or, where it did not deny them
 * from the beginning, for a name that it answered for. If they fail too, half as many names are
 * under way from then on, after a pause that lasts until one of them is answered; if not, and while
 * few fail, there are more and more. Below one name at a time there are pauses between names.
 */
#ifndef GITDNS_PUBLISH_PACE_H
#define GITDNS_PUBLISH_PACE_H

#include "dns/dns.h"
#include <stdbool.h>
#include <stdint.h>

enum pace_state {
    PACE_RUN,
    PACE_CONTROL, /* control questions are under way */
    PACE_PAUSE,
    PACE_TRY, /* one is, after a pause */
};

struct pace {
    struct dns *dns;
    bool denies;   /* a name that does not exist was NXDOMAIN before the run */
    unsigned most; /* names under way */
    double names;  /* that may be; below 1: see pace_gap_ms */
    double more;   /* added after each good block */
    unsigned good; /* blocks since then were */
    enum pace_state state;
    unsigned epoch;            /* what was asked in an earlier one tells nothing of this one */
    unsigned finished, failed; /* names of this block */
    unsigned pending, bad;     /* control questions */
    bool silent;               /* the last one that failed did so without any answer */
    const char *why;           /* it failed */
    int64_t pause;             /* ms, that of PACE_PAUSE */
    int64_t until;             /* ms of the monotonic clock: its end */
    int64_t answered;          /* when anything was answered */
    uint64_t slowed;           /* how often the resolvers were found to be overrun */
    char known[NAME_MAX_OCTETS + 1]; /* a name that was answered; empty: none yet */
};

void pace_open(struct pace *pace, struct dns *dns, unsigned most, bool denies);

/* From now on, after a time in which nothing was asked. */
void pace_begin(struct pace *pace);

/* Whether another name may be asked for while so many are under way. */
bool pace_allows(const struct pace *pace, unsigned under_way);

/* How long after a name the next one may follow at the earliest, ms; 0: at once. */
int64_t pace_gap_ms(const struct pace *pace);

/* What came of a name that was asked for in the `epoch`. */
void pace_note(struct pace *pace, unsigned epoch, const char *name, bool failed);

/* To be called several times a second. Returns 0, or how many seconds there has been nothing but
 * failures: the resolvers are of no use any more. */
unsigned pace_tick(struct pace *pace);

#endif
