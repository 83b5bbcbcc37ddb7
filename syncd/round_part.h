/* What the parts of a round (round.h) share. */
#ifndef GITDNS_SYNCD_ROUND_PART_H
#define GITDNS_SYNCD_ROUND_PART_H

#include "copy/newest.h"
#include "syncd/mirror.h"
#include "syncd/round.h"

/* What the round makes of a mirror. */
enum standing {
    STANDING_UNKNOWN = 0, /* not asked */
    STANDING_ANSWERED,    /* with a HEAD; no more was asked, or what failed was not its fault */
    STANDING_GOOD,        /* served the round */
    STANDING_FAILED,
};

struct sync {
    const struct config *config;
    bool by_hand;
    struct round_state *state; /* of the rounds before, until this one is stamped */
    int stop;
    struct folder folder;
    int lock;         /* negative: not held */
    int64_t deadline; /* fetch_clock's, of the whole round */
    struct fetcher *fetcher;
    struct keys keys;
    bool newest_known;
    struct newest newest;
    uint32_t pinned; /* the serial that answers whatever comes; 0: the newest */
    struct offer offer;
    struct mirror mirror[CONFIG_URLS_MAX]; /* one that failed or has been tried has serial 0 */
    enum standing standing[CONFIG_URLS_MAX];
    unsigned failures; /* causes, to which the end of the round adds what became of the store */
    char failure[CONFIG_URLS_MAX + 1][MESSAGE_OCTETS];
    char summary[MESSAGE_OCTETS]; /* of a good round */
    struct round *round;
};

/* A line of the round. */
__attribute__((format(printf, 2, 3))) void round_note(struct round *round, const char *format, ...);

/* Keeps the cause. Returns `result`. */
int round_fail(struct sync *sync, int result, const char *error);

/* Opens and locks the folder, reads what is in hand, and clears away what was left. Returns
 * SYNC_…. */
int round_prepare(struct sync *sync);

/* Lets the serial answer that is to: the pinned one, else the newest, which is kept. Returns SYNC_…
 * with the cause. */
int round_settle(const struct sync *sync, uint32_t newest, char error[MESSAGE_OCTETS]);

/* Turns the causes into the round's lines: each with what became of the store. */
void round_conclude(struct sync *sync);

/* Notes when the next round is due and which mirrors are to be left alone for a while. */
void round_stamp(struct sync *sync);

#endif
