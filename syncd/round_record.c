#include "syncd/round_record.h"
#include "syncd/schedule.h"
#include <limits.h>
#include <sodium.h>
#include <string.h>

/* A HEAD says that a mirror is there again, not that it has stopped lying. */
static void cool_down(struct cooldowns *cooldowns, const char *url, const struct mirror *mirror,
                      int64_t now)
{
    const struct cooldown *before = cooldowns_find(cooldowns, url);
    bool lied = before != NULL && before->cause == COOLDOWN_LIED;

    if (mirror->standing == STANDING_FAILED && mirror->lied)
        cooldowns_add(cooldowns, url, COOLDOWN_LIED, 0, now);
    else if (mirror->standing == STANDING_FAILED)
        cooldowns_add(cooldowns, url, mirror->retry_after > 0 ? COOLDOWN_BUSY : COOLDOWN_FAILED,
                      mirror->retry_after, now);
    else if (mirror->standing == STANDING_GOOD || (mirror->standing == STANDING_ANSWERED && !lied))
        cooldowns_remove(cooldowns, url);
}

/* This machine's own, or one that is drawn once. */
static uint64_t seed_of(struct round_state *state, const char *registry_name)
{
    uint64_t seed = schedule_machine_seed(registry_name);

    if (seed == 0 && state->seed == 0)
        randombytes_buf(&state->seed, sizeof state->seed);
    return seed != 0 ? seed : state->seed;
}

void round_record(struct round_state *state, const struct config_registry *registry,
                  const struct mirror mirror[CONFIG_URLS_MAX], bool good,
                  const char result[MESSAGE_OCTETS], int64_t deadline, int64_t now)
{
    uint64_t seed = seed_of(state, registry->name);
    int64_t spread = schedule_spread(registry->interval, seed), retry_after, delay;

    if (good) {
        state->failures = 0;
        state->good = now;
    } else if (state->failures < UINT_MAX) {
        state->failures++;
    }
    cooldowns_keep(&state->cooldowns, registry);
    for (unsigned i = 0; i < registry->urls; i++)
        cool_down(&state->cooldowns, registry->url[i], &mirror[i], now);
    state->last = now;
    retry_after = cooldowns_retry_after(&state->cooldowns, registry, now);
    delay = schedule_delay(registry->interval, spread, state->failures, retry_after);
    state->next = now + schedule_hasten(delay, deadline - now, seed, good, retry_after);
    memcpy(state->result, result, sizeof state->result);
}
