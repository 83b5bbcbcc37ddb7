#include "publish/pace.h"
#include "base/clock.h"
#include "publish/resolvers_check.h"
#include <string.h>

/* Names after which is judged, and how many of them have to fail for a suspicion. */
#define BLOCK 16
#define MANY 4
#define CONTROLS 4
/* Good blocks after which more is added than before. */
#define BLOCKS 16
#define LEAST (1.0 / 64)
#define GAP_MS 50
#define PAUSE_LEAST_MS 250
#define PAUSE_MOST_MS 8000
/* The resolvers are given up after so long without any answer, or with refusals alone: a limit may
 * be one of questions a minute. */
#define SILENT_MS 30000
#define REFUSING_MS 120000

void pace_open(struct pace *pace, struct dns *dns, unsigned most, bool denies)
{
    *pace = (struct pace){
        .dns = dns, .denies = denies, .most = most, .names = most, .more = most / (double)BLOCKS};
    pace_begin(pace);
}

static void begin_block(struct pace *pace)
{
    pace->state = PACE_RUN;
    pace->finished = pace->failed = 0;
}

void pace_begin(struct pace *pace)
{
    pace->answered = clock_ms(CLOCK_MONOTONIC);
    if (pace->state == PACE_RUN)
        begin_block(pace);
}

bool pace_allows(const struct pace *pace, unsigned under_way)
{
    return pace->state == PACE_RUN && (under_way == 0 || under_way + 1 <= pace->names);
}

int64_t pace_gap_ms(const struct pace *pace)
{
    return pace->names < 1 ? (int64_t)((1 / pace->names - 1) * GAP_MS) : 0;
}

static void speed_up(struct pace *pace)
{
    pace->names = pace->names + pace->more < pace->most ? pace->names + pace->more : pace->most;
    if (++pace->good % BLOCKS == 0)
        pace->more *= 2;
    begin_block(pace);
}

static void pause_for(struct pace *pace, int64_t milliseconds)
{
    pace->state = PACE_PAUSE;
    pace->pause = milliseconds < PAUSE_MOST_MS ? milliseconds : PAUSE_MOST_MS;
    pace->until = clock_ms(CLOCK_MONOTONIC) + pace->pause;
}

static void slow_down(struct pace *pace)
{
    pace->names = pace->names / 2 > LEAST ? pace->names / 2 : LEAST;
    pace->more = pace->names / BLOCKS;
    pace->good = 0;
    pace->epoch++;
    pace->slowed++;
    pause_for(pace, PAUSE_LEAST_MS);
}

static void decide(struct pace *pace)
{
    if (pace->state == PACE_CONTROL && 2 * pace->bad >= CONTROLS)
        slow_down(pace);
    else if (pace->state == PACE_CONTROL)
        speed_up(pace);
    else if (pace->bad > 0)
        pause_for(pace, 2 * pace->pause);
    else
        begin_block(pace);
}

static void take_control(void *context, const struct answer *answer)
{
    struct pace *pace = context;
    bool failed = answer->finding == FINDING_FAILED;

    if (failed) {
        pace->silent = answer->silent;
        pace->why = answer->why;
    }
    /* Who has answered nothing yet that one could compare with is alive if it says no. */
    if (!pace->denies && pace->known[0] == '\0')
        failed = answer->silent;
    if (!failed)
        pace->answered = clock_ms(CLOCK_MONOTONIC);
    pace->bad += failed;
    if (--pace->pending == 0)
        decide(pace);
}

static void ask_controls(struct pace *pace, enum pace_state state, unsigned count)
{
    pace->state = state;
    pace->pending = count;
    pace->bad = 0;
    for (unsigned i = 0; i < count; i++) {
        char made_up[MADE_UP_MAX];

        resolvers_made_up(made_up);
        dns_ask(pace->dns, pace->denies || pace->known[0] == '\0' ? made_up : pace->known, 4,
                ADMIT_PUBLIC, take_control, pace);
    }
}

void pace_note(struct pace *pace, unsigned epoch, const char *name, bool failed)
{
    if (!failed) {
        pace->answered = clock_ms(CLOCK_MONOTONIC);
        if (!pace->denies)
            strcpy(pace->known, name);
    }
    if (epoch != pace->epoch || pace->state != PACE_RUN)
        return;
    pace->failed += failed;
    if (++pace->finished < BLOCK)
        return;
    if (pace->failed > MANY)
        ask_controls(pace, PACE_CONTROL, CONTROLS);
    else
        speed_up(pace);
}

unsigned pace_tick(struct pace *pace)
{
    int64_t now = clock_ms(CLOCK_MONOTONIC), since = now - pace->answered;

    if (pace->state != PACE_PAUSE)
        return 0;
    if (since >= (pace->silent ? SILENT_MS : REFUSING_MS))
        return (unsigned)(since / 1000);
    if (now >= pace->until)
        ask_controls(pace, PACE_TRY, 1);
    return 0;
}
