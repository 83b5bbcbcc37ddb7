#include "publish/guards.h"
#include <inttypes.h>
#include <netinet/in.h>

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
                             " names, more than one in %d; see --force",
                             source, failed, names, FAILED_PART);
}

/* a/b > c/d, without rounding and in 64 bits: digit by digit of their continued fractions. */
static bool is_more(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    while (a / b == c / d) {
        uint64_t rest_a = a % b, rest_c = c % d;

        if (rest_a == 0 || rest_c == 0)
            return rest_a > 0;
        /* The one whose rest turned over is less is more. */
        a = d;
        c = b;
        d = rest_a;
        b = rest_c;
    }
    return a / b > c / d;
}

/* now/names - before/last_names > points/100. */
static bool grew(const struct share *share, uint64_t names, uint64_t last_names)
{
    uint64_t now = share->now * 100, most = guard_points(names) * names;

    return now > most && is_more(now - most, names, share->before * 100, last_names);
}

int guard_change(uint64_t names, const struct manifest *last, uint64_t dropped,
                 const struct shares *shares, struct problem *problem)
{
    uint64_t before = last->names - dropped;

    if (before > 0 && is_more(FEWEST_PERCENT, 100, names, before))
        return problem_set(problem, E_GUARD_FEWER,
                           "%" PRIu64 " names, fewer than %d %% of the %" PRIu64
                           " of serial %" PRIu32 "%s; if that is meant, see --force",
                           names, FEWEST_PERCENT, before, last->serial,
                           dropped > 0 ? " that the list still has" : "");
    for (size_t i = 0; i < shares->count; i++) {
        const struct share *share = &shares->share[i];
        char text[INET6_ADDRSTRLEN];

        if (!grew(share, names, last->names))
            continue;
        text[address_format(share->address, share->octets, text)] = '\0';
        return problem_set(
            problem, E_GUARD_SHARE,
            "%s stands under %" PRIu64 " of %" PRIu64 " names, and under %" PRIu64 " of %" PRIu64
            " in serial %" PRIu32
            ": a share that grew by more than %u points; if that is meant, see --force",
            text, share->now, names, share->before, last->names, last->serial, guard_points(names));
    }
    return 0;
}

bool guard_stands(int code)
{
    return code == E_GUARD_NO_NAMES || code == E_GUARD_FEWER || code == E_GUARD_SHARE;
}
