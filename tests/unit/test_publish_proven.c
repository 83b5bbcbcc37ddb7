/* What proof says of a name's addresses: a table of cases, and what becomes of verdicts. */
#include "publish/proven.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NO HOURS_NEVER
#define MOST 4

static const bool nothing_lost[2];

static void number(struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pairs[i].octets = 4;
        pairs[i].address[3] = (unsigned char)i;
    }
}

/* Each case: a name's pairs, with what DNS and --hold say of them; their places, the first letters
 * of GIVEN_PROVEN, PROVEN, given Open, HELD, None; and those that are due. */
static const struct {
    const char *what, *places, *due;
    bool required;
    struct pair pair[MOST];
} cases[] = {
    {"never tried", "O", "y", false, {{.given = true, .proven = NO, .tried = NO}}},
    {"never tried, and required", "N", "y", true, {{.given = true, .proven = NO, .tried = NO}}},
    {"proven yesterday", "G", "n", false, {{.given = true, .proven = 24, .tried = 24}}},
    {"proven a week ago", "G", "y", false, {{.given = true, .proven = 168, .tried = 168}}},
    {"proven and required", "G", "n", true, {{.given = true, .proven = 24, .tried = 24}}},
    {"DNS gives another one, which is proven, too",
     "PG",
     "nn",
     false,
     {{.held = true, .proven = 48, .tried = 48}, {.given = true, .proven = 0, .tried = 0}}},
    {"DNS gives another one, which is not proven: the old one is tried again",
     "PO",
     "yn",
     false,
     {{.held = true, .proven = 48, .tried = 48},
      {.given = true, .proven = NO, .tried = 0, .fails = 1}}},
    {"held no more by --hold: proof alone",
     "PG",
     "nn",
     false,
     {{.proven = 48, .tried = 48, .known = 59 * 24}, {.given = true, .proven = 0, .tried = 0}}},
    {"for too long",
     "NG",
     "nn",
     false,
     {{.proven = 48, .tried = 200, .known = 60 * 24 + 1},
      {.given = true, .proven = 0, .tried = 0}}},
    {"has failed once: not first any more",
     "HG",
     "yn",
     false,
     {{.held = true, .proven = 200, .tried = 24, .fails = 1},
      {.given = true, .proven = 0, .tried = 0}}},
    {"has failed twice: goes",
     "NG",
     "nn",
     false,
     {{.held = true, .proven = 200, .tried = 24, .fails = 2},
      {.given = true, .proven = 0, .tried = 0}}},
    {"has failed twice, was never proven, and the name has one that is: goes",
     "NG",
     "nn",
     false,
     {{.held = true, .proven = NO, .tried = 24, .fails = 2},
      {.given = true, .proven = 0, .tried = 0}}},
    {"DNS gives it, whatever it does; it was proven: tried each day",
     "O",
     "y",
     false,
     {{.given = true, .proven = 900, .tried = 24, .fails = 9}}},
    {"DNS gives it, and it was never proven: tried each week",
     "O",
     "n",
     false,
     {{.given = true, .proven = NO, .tried = 24, .fails = 2}}},
    {"no address of the name has ever answered: that says nothing",
     "HO",
     "nn",
     false,
     {{.held = true, .proven = NO, .tried = 24, .fails = 5},
      {.given = true, .proven = NO, .tried = 24, .fails = 5}}},
    {"one is open, so the other one's failures count",
     "NO",
     "nn",
     false,
     {{.held = true, .proven = NO, .tried = 24, .fails = 2},
      {.given = true, .proven = NO, .tried = 24}}},
    {"open and held",
     "HO",
     "nn",
     false,
     {{.held = true, .proven = NO, .tried = 24}, {.given = true, .proven = NO, .tried = 24}}},
    {"a sibling's that serves, and one that does not",
     "PNG",
     "nnn",
     false,
     {{.proven = 24, .tried = 24, .known = 24},
      {.proven = NO, .tried = 24, .known = 24, .fails = 1},
      {.given = true, .proven = 24, .tried = 24}}},
    {"required: the proven one alone",
     "PNNN",
     "ynnn",
     true,
     {{.held = true, .proven = 48, .tried = 48},
      {.given = true, .proven = NO, .tried = 0},
      {.held = true, .proven = NO, .tried = 0},
      {.given = true, .proven = 300, .tried = 0, .fails = 1}}},
};

static void test_cases(void **state)
{
    static const char letters[] = "GPOHN";

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t count = strlen(cases[i].places);
        char places[MOST + 1] = "", due[MOST + 1] = "";
        struct pair pairs[MOST];

        memcpy(pairs, cases[i].pair, sizeof pairs);
        number(pairs, count);
        for (size_t k = 0; k < count; k++)
            due[k] = proven_is_due(pairs, count, k) ? 'y' : 'n';
        proven_decide(pairs, count, cases[i].required);
        for (size_t k = 0; k < count; k++)
            places[k] = letters[pairs[k].place];
        if (strcmp(places, cases[i].places) != 0 || strcmp(due, cases[i].due) != 0)
            fail_msg("%s: %s, due %s", cases[i].what, places, due);
    }
}

static void test_verdicts(void **state)
{
    static const struct {
        struct pair before;
        enum proof_verdict verdict;
        bool other_proven;
        uint16_t proven, tried;
        uint8_t fails;
    } verdicts[] = {
        /* The first time may be as if it was long ago. */
        {{.proven = NO, .tried = NO}, PROOF_PROVEN, false, 0, 72, 0},
        {{.proven = 168, .tried = 168}, PROOF_PROVEN, false, 0, 0, 0},
        {{.proven = 200, .tried = 24, .fails = 1}, PROOF_PROVEN, false, 0, 0, 0},
        {{.proven = 168, .tried = 168}, PROOF_REFUSED, false, 168, 0, 1},
        {{.proven = 168, .tried = 24, .fails = 1}, PROOF_SILENT, false, 168, 0, 2},
        {{.proven = 168, .tried = 24, .fails = FAILS_MAX}, PROOF_RESET, false, 168, 0, FAILS_MAX},
        {{.proven = NO, .tried = NO}, PROOF_UNREACHABLE, false, NO, 0, 1},
        /* Another's certificate. */
        {{.proven = NO, .tried = NO}, PROOF_OPEN, false, NO, 72, 0},
        {{.proven = NO, .tried = 24, .fails = 2}, PROOF_OPEN, false, NO, 0, 0},
        {{.proven = NO, .tried = NO}, PROOF_OPEN, true, NO, 0, 1},
        {{.proven = 168, .tried = 168}, PROOF_OPEN, false, 168, 0, 1},
        /* Nothing was tried. */
        {{.proven = 168, .tried = 168, .fails = 1}, PROOF_NO_ROUTE, false, 168, 168, 1},
        {{.proven = NO, .tried = NO}, PROOF_UNTRIED, false, NO, NO, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        struct pair pairs[2] = {verdicts[i].before, {.proven = NO, .tried = NO}};

        number(pairs, 2);
        pairs[0].verdict = (uint8_t)verdicts[i].verdict;
        pairs[1].verdict = verdicts[i].other_proven ? PROOF_PROVEN : PROOF_UNTRIED;
        proven_note(pairs, 2, nothing_lost, 72);
        if (pairs[0].proven != verdicts[i].proven || pairs[0].tried != verdicts[i].tried ||
            pairs[0].fails != verdicts[i].fails)
            fail_msg("%zu: %u/%u/%u", i, pairs[0].proven, pairs[0].tried, pairs[0].fails);
        assert_int_equal(pairs[0].verdict, PROOF_UNTRIED);
    }
}

/* IPv6 is lost, IPv4 is not. */
static void test_lost(void **state)
{
    static const bool lost[2] = {false, true};
    struct pair pairs[] = {
        {.octets = 4, .proven = 168, .tried = 168, .verdict = PROOF_SILENT},
        {.octets = 16, .proven = 168, .tried = 168, .verdict = PROOF_SILENT},
        {.octets = 16, .proven = 168, .tried = 168, .verdict = PROOF_PROVEN},
    };

    (void)state;
    proven_note(pairs, 3, lost, 0);
    assert_int_equal(pairs[0].fails, 1);
    assert_int_equal(pairs[1].fails, 0);
    assert_int_equal(pairs[1].tried, 168);
    assert_int_equal(pairs[2].proven, 0);
}

static void test_names(void **state)
{
    struct pair pairs[] = {
        {.octets = 4, .given = true, .proven = NO, .tried = 5, .fails = 1},
        {.octets = 4, .given = true, .proven = NO, .tried = 5},
        {.octets = 4, .given = true, .proven = 5, .tried = 5},
    };

    (void)state;
    number(pairs, 3);
    for (size_t count = 1; count <= 3; count++) {
        proven_decide(pairs, count, false);
        assert_int_equal(proven_name(pairs, count), count == 1   ? NAME_WITHOUT
                                                    : count == 2 ? NAME_OPEN
                                                                 : NAME_PROVEN);
    }
    assert_int_equal(proven_count(pairs, 3), 1);
}

/* What went is remembered for a week, so that it is not taken for new. */
static void test_kept(void **state)
{
    struct pair pair = {.octets = 4, .proven = NO, .tried = 1, .fails = 2};

    (void)state;
    proven_decide(&pair, 1, false);
    assert_int_equal(pair.place, PLACE_NONE);
    assert_true(proven_is_kept(&pair));
    pair.tried = PROVEN_WEEK;
    assert_false(proven_is_kept(&pair));
    pair.given = true;
    proven_decide(&pair, 1, false);
    assert_true(proven_is_kept(&pair));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases), cmocka_unit_test(test_verdicts), cmocka_unit_test(test_lost),
        cmocka_unit_test(test_names), cmocka_unit_test(test_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
