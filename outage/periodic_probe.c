#include "outage/periodic_probe.h"
#include <string.h>

/* Names of the copy that are looked at for one that no cache has. */
#define PICKS_MAX 64

void periodic_probe_open(struct periodic_probe *probe, int64_t interval,
                         const struct siphash_key *key)
{
    probe->interval = interval;
    probe->key = *key;
}

/* Until it is due; the interval may have become shorter. */
static int64_t wait_for_it(const struct periodic_probe *probe, int64_t interval, int64_t now)
{
    int64_t wait = probe->next - now;

    return wait > 0 && wait <= interval ? wait : 0;
}

bool periodic_probe_is_due(struct periodic_probe *probe, int64_t now)
{
    int64_t interval = probe->interval;

    if (interval == 0 || wait_for_it(probe, interval, now) > 0)
        return false;
    probe->next = now + interval;
    return true;
}

int periodic_probe_wait(const struct periodic_probe *probe, int64_t now)
{
    int64_t interval = probe->interval;

    return interval == 0 ? -1 : (int)wait_for_it(probe, interval, now);
}

/* Until when a cache may have it; 0: nothing is known of it. */
static int64_t until(const struct periodic_probe *probe, const char *name)
{
    uint64_t hash = siphash(&probe->key, name, strlen(name));
    unsigned at = (unsigned)(hash % PERIODIC_PROBE_KNOWN);

    return probe->known[at].hash == hash ? probe->known[at].until : 0;
}

bool periodic_probe_pick(const struct periodic_probe *probe, struct copy_names *copy_names,
                         int64_t now, char name[NAME_MAX_OCTETS + 1])
{
    char picked[NAME_MAX_OCTETS + 1];
    int64_t best = INT64_MAX;

    if (!copy_names_is_there(copy_names))
        return false;
    for (int i = 0; i < PICKS_MAX && best > now; i++)
        if (copy_names_pick_public(copy_names, picked) && until(probe, picked) < best) {
            best = until(probe, picked);
            memcpy(name, picked, sizeof picked);
        }
    return best < INT64_MAX;
}

void periodic_probe_answered(struct periodic_probe *probe, const char *name, uint32_t ttl,
                             int64_t now)
{
    uint64_t hash = siphash(&probe->key, name, strlen(name));
    unsigned at = (unsigned)(hash % PERIODIC_PROBE_KNOWN);

    if (ttl > PERIODIC_PROBE_TTL_MAX)
        ttl = PERIODIC_PROBE_TTL_MAX;
    probe->known[at].hash = hash;
    probe->known[at].until = now + ttl * INT64_C(1000);
}
