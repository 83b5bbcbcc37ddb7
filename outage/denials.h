/* The wrong no: names for which DNS's denial (NXDOMAIN, or NODATA for IPv4 and IPv6) is doubted
 * ([answer] denied of gitdns.conf), and for which of them the copy answers all the same.
 *
 *   unknown -> (DNS says yes) -> answered -> (reported, asked: no; the name has stood for a week
 * and one of its addresses is proven) -> wrong -> (DNS says yes, or nothing is proven) -> answered
 *
 * Only a no to a name for which this very DNS has said yes before can be a wrong one: a filter that
 * denies it from the start never has. And a no that stands for a day is taken for a deletion,
 * until DNS says yes again. Bookkeeping alone, for one thread at a time; `now` is CLOCK_MONOTONIC
 * in milliseconds. Who asks and proves is denial_watch.c.
 */
#ifndef GITDNS_OUTAGE_DENIALS_H
#define GITDNS_OUTAGE_DENIALS_H

#include "registry/registry.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DENIALS_MAX 256
/* A wrong no is asked about again: so that DNS's yes ends it within a minute, asking included. */
#define DENIALS_AGAIN_MS 45000
/* One that could not be shown to be wrong, however often it is reported. */
#define DENIALS_QUIET_MS 60000
/* DNS's yes is known to be recent, and its no to a name that it has never answered is no news. */
#define DENIALS_DAILY_MS (INT64_C(86400) * 1000)
#define DENIALS_HOURLY_MS (INT64_C(3600) * 1000)
#define DENIALS_BELIEVED_MS DENIALS_DAILY_MS

enum denial_state {
    DENIAL_FREE,
    DENIAL_UNKNOWN,  /* this DNS has not said yes so far */
    DENIAL_ANSWERED, /* it has */
    DENIAL_WRONG,    /* and says no now, but the name is proven to be served: the copy answers */
    DENIAL_BELIEVED, /* and has said no for so long that it is meant */
};

/* What DNS says of a name. */
enum denial_reply { DENIAL_NO_REPLY, DENIAL_YES, DENIAL_NO };

struct denial {
    enum denial_state state;
    bool listed;   /* of those that are named now */
    bool reported; /* some process has been denied it since it was asked about */
    bool shown;    /* on the board; the caller's */
    int64_t next;  /* when it is asked about */
    int64_t quiet; /* until then a report does not hasten that */
    int64_t since; /* DNS has denied it from then on; 0: it does not */
    char name[NAME_MAX_OCTETS + 1];
};

struct denials {
    unsigned wrong; /* how many are */
    struct denial denial[DENIALS_MAX];
};

/* Names, in normal form, are named anew: denials_name for each, between begin and end. What is not
 * named is forgotten. denials_name returns false if there is no room for it. */
void denials_begin(struct denials *denials);
bool denials_name(struct denials *denials, const char *name, int64_t now);
void denials_end(struct denials *denials);

/* A process has been denied the name. */
void denials_report(struct denials *denials, const char *name, size_t len, int64_t now);

/* What is to be asked about next, if that is due; NULL: nothing. */
struct denial *denials_next(struct denials *denials, int64_t now);

/* Milliseconds until something is due; -1: never. */
int denials_wait(const struct denials *denials, int64_t now);

/* Whether a no to it would be looked into: whether its addresses are to be proven. */
bool denial_is_doubted(const struct denial *denial);

/* What DNS said of it; `proven`: and that it is served all the same. Returns whether it has become
 * a wrong no, or is none any more. */
bool denials_take(struct denials *denials, struct denial *denial, enum denial_reply reply,
                  bool proven, int64_t now);

/* Another DNS is asked from now on, which has said nothing so far: all of them are unknown. */
void denials_forget(struct denials *denials, int64_t now);

/* Much time may have passed: what was wrong is asked about at once, and is not before that. */
void denials_doubt(struct denials *denials, int64_t now);

#endif
