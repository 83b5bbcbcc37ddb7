#include "base/error.h"
#include "syncd/round_part.h"
#include "syncd/schedule.h"
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void round_note(struct round *round, const char *format, ...)
{
    char text[MESSAGE_OCTETS];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    message_set(round->line[round->lines++], "%s", text);
}

int round_fail(struct sync *sync, int result, const char *error)
{
    message_set(sync->failure[sync->failures++], "%s", error);
    return result;
}

void round_conclude(struct sync *sync)
{
    char kept[64] = "nothing changed";
    if (sync->round->outcome <= ROUND_UP_TO_DATE)
        snprintf(kept, sizeof kept, "went on to the next mirror");
    else if (sync->newest_known && sync->newest.present)
        snprintf(kept, sizeof kept, "kept serial %" PRIu32, sync->newest.manifest.serial);
    else if (sync->newest_known)
        snprintf(kept, sizeof kept, "no registry yet");
    for (unsigned i = 0; i < sync->failures; i++)
        round_note(sync->round, "%s; %s", sync->failure[i], kept);
    if (sync->round->outcome == ROUND_FAILED)
        message_set(sync->summary, "%s", sync->round->line[sync->round->lines - 1]);
}

/* Notes which mirrors are to be left alone for a while. A HEAD says that a mirror is there again,
 * not that it has stopped lying. */
static void cool_down(const struct sync *sync, int64_t now)
{
    struct cooldowns *cooldowns = &sync->state->cooldowns;

    cooldowns_keep(cooldowns, sync->config);
    for (unsigned i = 0; i < sync->config->urls; i++) {
        const struct mirror *mirror = &sync->mirror[i];
        const struct cooldown *before = cooldowns_find(cooldowns, sync->config->url[i]);
        bool lied = before != NULL && before->cause == COOLDOWN_LIED;

        if (sync->standing[i] == STANDING_FAILED && mirror->lied)
            cooldowns_add(cooldowns, mirror->url, COOLDOWN_LIED, 0, now);
        else if (sync->standing[i] == STANDING_FAILED)
            cooldowns_add(cooldowns, mirror->url,
                          mirror->retry_after > 0 ? COOLDOWN_BUSY : COOLDOWN_FAILED,
                          mirror->retry_after, now);
        else if (sync->standing[i] == STANDING_GOOD ||
                 (sync->standing[i] == STANDING_ANSWERED && !lied))
            cooldowns_remove(cooldowns, mirror->url);
    }
}

void round_stamp(struct sync *sync)
{
    const struct config *config = sync->config;
    struct round_state *state = sync->state;
    struct round *round = sync->round;

    uint64_t seed = schedule_machine_seed(config->name);
    if (seed == 0 && state->seed == 0)
        randombytes_buf(&state->seed, sizeof state->seed);
    if (seed == 0)
        seed = state->seed;

    if (round->outcome != ROUND_FAILED)
        state->failures = 0;
    else if (state->failures < UINT_MAX)
        state->failures++;
    state->last = time(NULL);
    cool_down(sync, state->last);
    int64_t retry_after = cooldowns_retry_after(&state->cooldowns, config, state->last);
    state->next =
        state->last + schedule_delay(config->interval, schedule_spread(config->interval, seed),
                                     state->failures, retry_after);
    memcpy(state->result, sync->summary, sizeof state->result);

    int status = sync->lock >= 0 ? round_state_write(state, sync->folder.fd) : -EBUSY;
    round->recorded = status == 0;
    /* After a failure its own line has said enough. */
    if (status != 0 && round->outcome != ROUND_FAILED)
        round_note(round, "%s/%s: %s; the next round is known to this process alone",
                   config->directory, STATE_FILE, error_text(status));
}
