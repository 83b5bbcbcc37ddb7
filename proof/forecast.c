#include "proof/forecast.h"

/* What is reckoned with until it is known: the share of items whose address is silent, and how long
 * an answer takes. */
#define SILENT_SHARE 0.1
#define ANSWER_MS 200
/* So many have to be over before what came of them counts. */
#define KNOWN 50
/* That part of the items, or so many, tell of the rest. */
#define SEEN_PART 10
#define SEEN_MANY 2000

/* What was seen counts more and more. */
static double blend(double before, double sum, double count)
{
    return (before * KNOWN + sum) / (KNOWN + count);
}

/* Whether there is something to go by: no more is begun in a second than may be silent for as long
 * as that takes, so that the rate alone counts; or what came of others, silent ones too. */
static bool is_foreseen(const struct forecast *f)
{
    const struct proof_limits *limits = f->limits;

    return (limits->rate > 0 &&
            (int64_t)limits->parallel * 1000 >= limits->rate * limits->timeout_ms) ||
           (f->ms > limits->timeout_ms &&
            (f->over >= SEEN_MANY || f->over >= f->tries / SEEN_PART));
}

int64_t forecast_left_ms(const struct forecast *f, const struct turns *turns)
{
    const double timeout = (double)f->limits->timeout_ms;
    const double finished = (double)f->finished;
    struct turns_pace pace = {.each = 1};

    if (!is_foreseen(f))
        return -1;
    if (f->tries > 0)
        pace.each = blend(f->due / (double)f->tries, finished, (double)f->over);
    pace.mean_ms =
        blend(SILENT_SHARE * timeout + (1 - SILENT_SHARE) * ANSWER_MS, f->spent_ms, finished);
    if (f->finished >= KNOWN)
        pace.gap_ms = (double)f->ms / (double)f->begun;
    pace.last_ms = f->silent || f->finished < KNOWN ? timeout : pace.mean_ms;
    return turns_left_ms(turns, &pace);
}
