#include "survey/survey_judge.h"
#include <math.h>

/* Of the normal distribution, for 19 of 20. */
#define Z 1.96

enum survey_dns survey_judge_dns(const struct survey_answers *answers)
{
    if (answers->failed)
        return SURVEY_UNKNOWN;
    if (!answers->found)
        return SURVEY_DENIED;
    if (answers->cut && answers->matched < answers->stored)
        return SURVEY_UNKNOWN;
    if (answers->matched == 0)
        return SURVEY_DISJOINT;
    return answers->matched == answers->stored && !answers->more ? SURVEY_SAME : SURVEY_OVERLAP;
}

/* Somebody else has the address now; unless DNS gives it, too, and the name has always been served
 * with another's certificate. */
static bool is_anothers(const struct survey_address *address, enum survey_dns dns)
{
    return (address->why == PROOF_OTHER_NAME || address->why == PROOF_OTHER_KEY) &&
           !address->given && dns != SURVEY_UNKNOWN;
}

static enum survey_fate fate_of_one(const struct survey_address *address, enum survey_dns dns)
{
    switch (address->verdict) {
    case PROOF_PROVEN:
        return SURVEY_PROVEN;
    case PROOF_OPEN:
        return is_anothers(address, dns) ? SURVEY_DEAD : SURVEY_OPEN;
    case PROOF_SILENT:
        return SURVEY_SILENT;
    case PROOF_NO_ROUTE:
    case PROOF_UNTRIED:
        return SURVEY_UNTRIED;
    default:
        return SURVEY_DEAD;
    }
}

enum survey_fate survey_judge_fate(const struct survey_address *addresses, unsigned count,
                                   enum survey_dns dns)
{
    enum survey_fate best = SURVEY_UNTRIED;

    for (unsigned i = 0; i < count; i++) {
        enum survey_fate fate = fate_of_one(&addresses[i], dns);

        best = fate < best ? fate : best;
    }
    return best;
}

/* Wilson's interval, for a sample without repetition: with all of them it has no width. */
static void set_margin(struct survey_sum *sum, uint64_t of)
{
    double n = (double)(sum->names - sum->fate[SURVEY_UNTRIED]), all = (double)of;
    double middle, half, z2 = Z * Z;

    sum->least = sum->most = sum->share;
    if (n < 1 || of <= sum->names)
        return;
    n *= (all - 1) / (all - (double)sum->names);
    middle = (sum->share + z2 / (2 * n)) / (1 + z2 / n);
    half = Z / (1 + z2 / n) * sqrt(sum->share * (1 - sum->share) / n + z2 / (4 * n * n));
    sum->least = fmax(0, middle - half);
    sum->most = fmin(1, middle + half);
}

static void add(struct survey_sum *sum, const struct survey_name *name)
{
    sum->names++;
    sum->fate[name->fate]++;
    sum->dns[name->dns]++;
}

static void finish(struct survey_sum *sum, uint64_t of)
{
    uint64_t tried = sum->names - sum->fate[SURVEY_UNTRIED];

    sum->work = sum->fate[SURVEY_PROVEN] + sum->fate[SURVEY_OPEN];
    sum->share = tried > 0 ? (double)sum->work / (double)tried : 0;
    set_margin(sum, of);
}

void survey_sum_drawn(const struct survey *survey, struct survey_sum *sum)
{
    *sum = (struct survey_sum){0};
    for (size_t i = 0; i < survey->count; i++)
        if (survey->names[i].drawn)
            add(sum, &survey->names[i]);
    finish(sum, survey->of);
}

void survey_sum_used(const struct survey *survey, struct survey_sum *sum)
{
    *sum = (struct survey_sum){0};
    for (size_t i = 0; i < survey->count; i++)
        if (survey->names[i].used)
            add(sum, &survey->names[i]);
    finish(sum, sum->names);
}

const char *survey_dns_word(enum survey_dns dns)
{
    static const char *const words[] = {[SURVEY_SAME] = "same",
                                        [SURVEY_OVERLAP] = "overlap",
                                        [SURVEY_DISJOINT] = "disjoint",
                                        [SURVEY_DENIED] = "denied",
                                        [SURVEY_UNKNOWN] = "unknown"};

    return words[dns];
}

const char *survey_fate_word(enum survey_fate fate)
{
    static const char *const words[] = {[SURVEY_PROVEN] = "proven",
                                        [SURVEY_OPEN] = "open",
                                        [SURVEY_DEAD] = "dead",
                                        [SURVEY_SILENT] = "silent",
                                        [SURVEY_UNTRIED] = "untried"};

    return words[fate];
}
