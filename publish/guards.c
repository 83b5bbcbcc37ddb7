#include "publish/guards.h"
#include <inttypes.h>
#include <netinet/in.h>
#include <stdbool.h>

#define FEWEST_PERCENT 90
#define FAILED_PART 10
#define POINTS_SMALL 50
#define POINTS_LARGE 10
#define LARGE 1000

unsigned guard_points(uint64_t names)
{
    return names >= LARGE ? POINTS_LARGE : POINTS_SMALL;
}

int guard_names(uint64_t names, const char *source, struct problem *problem)
{
    return names > 0
               ? 0
               : problem_set(problem, E_GUARD_NO_NAMES,
                             "%s: no names to publish; clients refuse an empty registry", source);
}

int guard_failed(uint64_t failed, uint64_t names, const char *source, struct problem *problem)
{
    return failed <= (names + FAILED_PART - 1) / FAILED_PART
               ? 0
               : problem_set(problem, E_GUARD_FAILED,
                             "%s: no answer that says anything for %" PRIu64 " of %" PRIu64
                             " names, more than one in %d",
                             source, failed, names, FAILED_PART);
}

/* now/names - before/last_names > points/100, without rounding. */
static bool grew(const struct share *share, uint64_t names, uint64_t last_names)
{
    __int128 now = (__int128)share->now * last_names, before = (__int128)share->before * names;

    return (now - before) * 100 > (__int128)guard_points(names) * names * last_names;
}

int guard_change(uint64_t names, const struct manifest *last, const struct shares *shares,
                 struct problem *problem)
{
    if ((__int128)names * 100 < (__int128)last->names * FEWEST_PERCENT)
        return problem_set(problem, E_GUARD_FEWER,
                           "%" PRIu64 " names, fewer than %d %% of the %" PRIu64
                           " of serial %" PRIu32,
                           names, FEWEST_PERCENT, last->names, last->serial);
    for (size_t i = 0; i < shares->count; i++) {
        const struct share *share = &shares->share[i];
        char text[INET6_ADDRSTRLEN];

        if (!grew(share, names, last->names))
            continue;
        text[address_format(share->address, share->octets, text)] = '\0';
        return problem_set(
            problem, E_GUARD_SHARE,
            "%s stands under %" PRIu64 " of %" PRIu64 " names, and under %" PRIu64 " of %" PRIu64
            " in serial %" PRIu32 ": a share that grew by more than %u points",
            text, share->now, names, share->before, last->names, last->serial, guard_points(names));
    }
    return 0;
}
