#include "outage/denials.h"
#include <string.h>

static void set_state(struct denials *denials, struct denial *denial, enum denial_state state)
{
    denials->wrong -= denial->state == DENIAL_WRONG;
    denials->wrong += state == DENIAL_WRONG;
    denial->state = state;
}

/* NULL: it is not named. */
static struct denial *find(struct denials *denials, const char *name, size_t len)
{
    for (struct denial *d = denials->denial; d < denials->denial + DENIALS_MAX; d++)
        if (d->state != DENIAL_FREE && strncmp(d->name, name, len) == 0 && d->name[len] == '\0')
            return d;
    return NULL;
}

void denials_begin(struct denials *denials)
{
    for (unsigned i = 0; i < DENIALS_MAX; i++)
        denials->denial[i].listed = false;
}

bool denials_name(struct denials *denials, const char *name, int64_t now)
{
    struct denial *denial = find(denials, name, strlen(name));

    if (denial != NULL) {
        denial->listed = true;
        return true;
    }
    /* What still stands on the board has to be taken off it first. */
    for (denial = denials->denial; denial < denials->denial + DENIALS_MAX; denial++)
        if (denial->state == DENIAL_FREE && !denial->shown) {
            *denial = (struct denial){.state = DENIAL_UNKNOWN, .listed = true, .next = now};
            strcpy(denial->name, name);
            return true;
        }
    return false;
}

void denials_end(struct denials *denials)
{
    for (unsigned i = 0; i < DENIALS_MAX; i++)
        if (!denials->denial[i].listed)
            set_state(denials, &denials->denial[i], DENIAL_FREE);
}

void denials_report(struct denials *denials, const char *name, size_t len, int64_t now)
{
    struct denial *denial = find(denials, name, len);

    if (denial == NULL || denial->state != DENIAL_ANSWERED)
        return;
    denial->reported = true;
    if (now < denial->quiet)
        now = denial->quiet;
    /* It does not lose its turn by being reported again. */
    if (now < denial->next)
        denial->next = now;
}

/* What is answered first, so that DNS's yes ends it; then where somebody waits. */
static int urgency(const struct denial *denial)
{
    return denial->state == DENIAL_WRONG ? 2 : denial_is_doubted(denial);
}

/* Of those that are as urgent the one that is due the longest, so that each has its turn. */
static bool comes_before(const struct denial *a, const struct denial *b)
{
    return urgency(a) != urgency(b) ? urgency(a) > urgency(b) : a->next < b->next;
}

struct denial *denials_next(struct denials *denials, int64_t now)
{
    struct denial *next = NULL;

    for (struct denial *d = denials->denial; d < denials->denial + DENIALS_MAX; d++)
        if (d->state != DENIAL_FREE && d->next <= now && (next == NULL || comes_before(d, next)))
            next = d;
    return next;
}

int denials_wait(const struct denials *denials, int64_t now)
{
    int64_t least = INT64_MAX;

    for (unsigned i = 0; i < DENIALS_MAX; i++)
        if (denials->denial[i].state != DENIAL_FREE && denials->denial[i].next < least)
            least = denials->denial[i].next;
    if (least == INT64_MAX)
        return -1;
    return least > now ? (int)(least - now) : 0;
}

bool denial_is_doubted(const struct denial *denial)
{
    return denial->state == DENIAL_WRONG || (denial->state == DENIAL_ANSWERED && denial->reported);
}

static void take_yes(struct denials *denials, struct denial *denial, int64_t now)
{
    set_state(denials, denial, DENIAL_ANSWERED);
    denial->since = 0;
    denial->reported = false;
    denial->next = now + DENIALS_DAILY_MS;
    /* Some nameservers say now yes, now no. */
    denial->quiet = now + DENIALS_QUIET_MS / 10;
}

static void take_no(struct denials *denials, struct denial *denial, bool proven, int64_t now)
{
    bool doubted = denial_is_doubted(denial);

    denial->reported = false;
    denial->quiet = now + DENIALS_QUIET_MS;
    denial->next = now + DENIALS_HOURLY_MS;
    if (denial->state == DENIAL_UNKNOWN || denial->state == DENIAL_BELIEVED)
        return;
    if (denial->since == 0)
        denial->since = now;
    if (now - denial->since >= DENIALS_BELIEVED_MS) {
        set_state(denials, denial, DENIAL_BELIEVED);
    } else if (doubted && proven) {
        set_state(denials, denial, DENIAL_WRONG);
        denial->next = now + DENIALS_AGAIN_MS;
    } else {
        set_state(denials, denial, DENIAL_ANSWERED);
    }
}

bool denials_take(struct denials *denials, struct denial *denial, enum denial_reply reply,
                  bool proven, int64_t now)
{
    bool before = denial->state == DENIAL_WRONG;

    if (reply == DENIAL_YES) {
        take_yes(denials, denial, now);
    } else if (reply == DENIAL_NO) {
        take_no(denials, denial, proven, now);
    } else {
        /* An outage, which is neither; of what is wrong the proof has to hold all the same. */
        denial->reported = false;
        denial->next = now + (before ? DENIALS_AGAIN_MS : DENIALS_QUIET_MS);
        if (before && !proven)
            set_state(denials, denial, DENIAL_ANSWERED);
    }
    return before != (denial->state == DENIAL_WRONG);
}

void denials_forget(struct denials *denials, int64_t now)
{
    for (struct denial *d = denials->denial; d < denials->denial + DENIALS_MAX; d++)
        if (d->state != DENIAL_FREE) {
            set_state(denials, d, DENIAL_UNKNOWN);
            d->reported = false;
            d->since = 0;
            d->next = now;
        }
}

void denials_doubt(struct denials *denials, int64_t now)
{
    for (struct denial *d = denials->denial; d < denials->denial + DENIALS_MAX; d++)
        if (d->state == DENIAL_WRONG) {
            set_state(denials, d, DENIAL_ANSWERED);
            d->reported = true;
            d->next = now;
        }
}
