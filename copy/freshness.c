#include "copy/freshness.h"
#include "base/number.h"
#include <stdio.h>

#define SHORTEST HOUR
#define SOON (7 * DAY)

/* After two runs that were due, as late as half a run. */
static int64_t two_missed(int64_t every)
{
    return every * 2 + every / 2;
}

int64_t freshness_usual(const struct serial_date *dates, unsigned count)
{
    int64_t shortest = INT64_MAX, longest = 0;

    if (count < 3)
        return 0;
    for (unsigned i = 0; i + 1 < count; i++) {
        int64_t seconds = dates[i].created - dates[i + 1].created;

        /* Between two that a machine has there may be others that it has not. */
        if (dates[i].serial <= dates[i + 1].serial)
            return 0;
        seconds /= dates[i].serial - dates[i + 1].serial;
        shortest = seconds < shortest ? seconds : shortest;
        longest = seconds > longest ? seconds : longest;
    }
    return shortest < SHORTEST || longest / 2 > shortest ? 0 : longest;
}

bool freshness_has_stopped(int64_t created, int64_t expires, int64_t usual, int64_t seen)
{
    return seen - created > (usual > 0 ? two_missed(usual) : (expires - created) / 2);
}

bool freshness_may_catch_up(int64_t created, int64_t usual, int64_t last_round, int64_t now)
{
    return usual > 0 && now - last_round <= HOUR && now - created <= two_missed(usual) + DAY;
}

bool freshness_is_old(int64_t created, int64_t deadline, int64_t usual, int64_t interval,
                      int64_t now)
{
    int64_t every = usual > interval ? usual : interval;

    return now - created > (deadline - created) / 2 ||
           (usual > 0 && now - created > two_missed(every));
}

bool freshness_ends_soon(int64_t created, int64_t deadline, int64_t now)
{
    int64_t quarter = (deadline - created) / 4;

    return deadline - now < (quarter < SOON ? quarter : SOON);
}

const char *freshness_text(int64_t deadline, int64_t now, char out[FRESHNESS_OCTETS])
{
    char distance[SPAN_OCTETS];

    snprintf(out, FRESHNESS_OCTETS, "the copy %s %s", now > deadline ? "expired" : "expires",
             span_distance(now, deadline, distance));
    return out;
}
