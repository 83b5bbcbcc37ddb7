#include "syncd/schedule.h"
#include "base/file.h"
#include <fcntl.h>
#include <sodium.h>
#include <string.h>

/* Hex digits of a machine-id; the LF that follows does not count. */
#define MACHINE_ID_OCTETS 32

int64_t schedule_spread(int64_t interval, uint64_t seed)
{
    return (int64_t)(seed % ((uint64_t)interval / 10 + 1));
}

uint64_t schedule_machine_seed(const char *registry_name)
{
    unsigned char hash[crypto_generichash_BYTES];
    char id[MACHINE_ID_OCTETS + 1];
    uint64_t seed = 0;

    if (file_read(AT_FDCWD, "/etc/machine-id", id, sizeof id) < MACHINE_ID_OCTETS)
        return 0;
    crypto_generichash(hash, sizeof hash, (const unsigned char *)registry_name,
                       strlen(registry_name), (const unsigned char *)id, MACHINE_ID_OCTETS);
    memcpy(&seed, hash, sizeof seed);
    return seed;
}

int64_t schedule_delay(int64_t interval, int64_t spread, unsigned failures, int64_t retry_after)
{
    int64_t delay = SCHEDULE_RETRY_FIRST;

    if (failures == 0)
        return interval + spread;
    while (--failures > 0 && delay < SCHEDULE_RETRY_MAX)
        delay *= 2;
    if (delay > SCHEDULE_RETRY_MAX)
        delay = SCHEDULE_RETRY_MAX;
    if (retry_after > SCHEDULE_RETRY_AFTER_MAX)
        retry_after = SCHEDULE_RETRY_AFTER_MAX;
    return delay > retry_after ? delay : retry_after;
}

int64_t schedule_hasten(int64_t delay, int64_t left, uint64_t seed, bool good, int64_t retry_after)
{
    int64_t half = left / 2 - schedule_spread(left / 2, seed);
    int64_t least = good ? SCHEDULE_HASTENED_LEAST : SCHEDULE_RETRY_FIRST;

    if (left <= 0)
        return delay;
    if (least < retry_after)
        least = retry_after;
    if (half < least)
        half = least;
    return delay < half ? delay : half;
}

bool schedule_due(const struct round_state *state, int64_t interval, int64_t now)
{
    int64_t longest = interval + interval / 10;

    if (longest < SCHEDULE_RETRY_AFTER_MAX)
        longest = SCHEDULE_RETRY_AFTER_MAX;
    return state->next <= now || state->last > now || state->next > now + longest;
}

int64_t schedule_network_late(int64_t awake)
{
    return awake < SCHEDULE_NETWORK_LATE * 1000 ? SCHEDULE_NETWORK_LATE - awake / 1000 : 0;
}
