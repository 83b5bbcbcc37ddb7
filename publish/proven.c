#include "publish/proven.h"

bool proven_is(const struct pair *pair)
{
    return pair->proven != HOURS_NEVER && pair->fails == 0;
}

static bool is_open(const struct pair *pair)
{
    return pair->tried != HOURS_NEVER && pair->proven == HOURS_NEVER && pair->fails == 0;
}

unsigned proven_count(const struct pair *pairs, size_t count)
{
    unsigned proven = 0;

    for (size_t i = 0; i < count; i++)
        proven += proven_is(&pairs[i]);
    return proven;
}

static bool was_ever_proven(const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pairs[i].proven != HOURS_NEVER)
            return true;
    return false;
}

static bool ever_answered(const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_open(&pairs[i]) && (pairs[i].given || pairs[i].held))
            return true;
    return was_ever_proven(pairs, count);
}

static bool is_past(const struct pair *pair, bool answered)
{
    return answered && pair->fails >= PROVEN_FAILS;
}

static bool stays(const struct pair *pair, bool answered)
{
    if (pair->given)
        return true;
    if (is_past(pair, answered))
        return false;
    return pair->held || (pair->proven != HOURS_NEVER && pair->known <= PROVEN_STAYS);
}

static bool has_given_proven(const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pairs[i].given && proven_is(&pairs[i]))
            return true;
    return false;
}

bool proven_is_due(const struct pair *pairs, size_t count, size_t i)
{
    const struct pair *pair = &pairs[i];
    bool soon;

    if (!stays(pair, ever_answered(pairs, count)))
        return false;
    if (pair->tried == HOURS_NEVER)
        return true;
    soon = pair->fails == 1 || (pair->fails > 0 && pair->proven != HOURS_NEVER) ||
           (proven_is(pair) && !has_given_proven(pairs, count));
    return pair->tried >= (soon ? PROVEN_AGAIN : PROVEN_WEEK);
}

static void note_answer(struct pair *pair, uint16_t ago)
{
    pair->tried = pair->tried == HOURS_NEVER ? ago : 0;
    pair->fails = 0;
}

static void note_failure(struct pair *pair)
{
    pair->tried = 0;
    if (pair->fails < FAILS_MAX)
        pair->fails++;
}

void proven_note(struct pair *pairs, size_t count, const bool lost[2], uint16_t ago)
{
    bool proven;

    for (size_t i = 0; i < count; i++) {
        if (pairs[i].verdict == PROOF_PROVEN) {
            note_answer(&pairs[i], ago);
            pairs[i].proven = 0;
        }
    }
    proven = was_ever_proven(pairs, count);
    for (size_t i = 0; i < count; i++) {
        struct pair *pair = &pairs[i];
        enum proof_verdict verdict = pair->verdict;

        pair->verdict = PROOF_UNTRIED;
        if (verdict == PROOF_PROVEN || verdict == PROOF_NO_ROUTE || verdict == PROOF_UNTRIED ||
            lost[pair->octets == 16])
            continue;
        if (verdict == PROOF_OPEN && !proven)
            note_answer(pair, ago);
        else
            note_failure(pair);
    }
}

static enum place place_of(const struct pair *pair, bool answered, bool required)
{
    bool proven = proven_is(pair);

    if (!stays(pair, answered) || (required && !proven))
        return PLACE_NONE;
    if (proven)
        return pair->given ? PLACE_GIVEN_PROVEN : PLACE_PROVEN;
    return pair->given ? PLACE_GIVEN : PLACE_HELD;
}

void proven_decide(struct pair *pairs, size_t count, bool required)
{
    bool answered = ever_answered(pairs, count);

    for (size_t i = 0; i < count; i++)
        pairs[i].place = (uint8_t)place_of(&pairs[i], answered, required);
}

bool proven_is_kept(const struct pair *pair)
{
    return pair->place != PLACE_NONE || pair->tried < PROVEN_WEEK;
}

enum proven_name proven_name(const struct pair *pairs, size_t count)
{
    enum proven_name name = NAME_WITHOUT;

    for (size_t i = 0; i < count; i++) {
        if (pairs[i].place == PLACE_NONE)
            continue;
        if (proven_is(&pairs[i]))
            return NAME_PROVEN;
        if (is_open(&pairs[i]))
            name = NAME_OPEN;
    }
    return name;
}
