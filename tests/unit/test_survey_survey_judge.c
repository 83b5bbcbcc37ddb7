/* What comes of a name, and of all: tables of cases; the margin against simulated samples. */
#include "survey/survey_judge.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COPY 5402
#define SAMPLE 400
#define SAMPLES 2000

static void test_dns(void **state)
{
    static const struct {
        struct survey_answers answers;
        enum survey_dns dns;
    } cases[] = {
        {{.found = true, .stored = 2, .matched = 2}, SURVEY_SAME},
        {{.found = true, .stored = 2, .matched = 2, .more = true}, SURVEY_OVERLAP},
        {{.found = true, .stored = 2, .matched = 1}, SURVEY_OVERLAP},
        {{.found = true, .stored = 2, .matched = 0, .more = true}, SURVEY_DISJOINT},
        /* Of so many that not all are told, the copy's may be among the others. */
        {{.found = true, .stored = 2, .matched = 0, .more = true, .cut = true}, SURVEY_UNKNOWN},
        {{.found = true, .stored = 2, .matched = 1, .more = true, .cut = true}, SURVEY_UNKNOWN},
        {{.found = true, .stored = 2, .matched = 2, .more = true, .cut = true}, SURVEY_OVERLAP},
        {{.stored = 2}, SURVEY_DENIED},
        {{.failed = true, .stored = 2}, SURVEY_UNKNOWN},
        {{.failed = true, .found = true, .stored = 2, .matched = 1}, SURVEY_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(survey_judge_dns(&cases[i].answers), cases[i].dns);
}

static void test_fate(void **state)
{
    static const struct {
        struct survey_address addresses[3];
        unsigned count;
        enum survey_dns dns;
        enum survey_fate fate;
    } cases[] = {
        {{{.verdict = PROOF_PROVEN}}, 1, SURVEY_DENIED, SURVEY_PROVEN},
        {{{.verdict = PROOF_SILENT}, {.verdict = PROOF_PROVEN}}, 2, SURVEY_SAME, SURVEY_PROVEN},
        {{{.verdict = PROOF_OPEN, .why = PROOF_PLAIN}}, 1, SURVEY_DISJOINT, SURVEY_OPEN},
        {{{.verdict = PROOF_OPEN, .why = PROOF_EXPIRED}}, 1, SURVEY_DISJOINT, SURVEY_OPEN},
        /* Another's certificate: the address has gone to somebody else, unless DNS gives it, too.
         */
        {{{.verdict = PROOF_OPEN, .why = PROOF_OTHER_NAME}}, 1, SURVEY_DISJOINT, SURVEY_DEAD},
        {{{.verdict = PROOF_OPEN, .why = PROOF_OTHER_NAME}}, 1, SURVEY_DENIED, SURVEY_DEAD},
        {{{.verdict = PROOF_OPEN, .why = PROOF_OTHER_NAME, .given = true}},
         1,
         SURVEY_SAME,
         SURVEY_OPEN},
        {{{.verdict = PROOF_OPEN, .why = PROOF_OTHER_NAME}}, 1, SURVEY_UNKNOWN, SURVEY_OPEN},
        {{{.verdict = PROOF_REFUSED}}, 1, SURVEY_SAME, SURVEY_DEAD},
        {{{.verdict = PROOF_RESET}}, 1, SURVEY_SAME, SURVEY_DEAD},
        {{{.verdict = PROOF_UNREACHABLE}}, 1, SURVEY_SAME, SURVEY_DEAD},
        {{{.verdict = PROOF_SILENT}, {.verdict = PROOF_SILENT}}, 2, SURVEY_SAME, SURVEY_SILENT},
        {{{.verdict = PROOF_SILENT}, {.verdict = PROOF_REFUSED}}, 2, SURVEY_SAME, SURVEY_DEAD},
        /* What cannot be tried from here says nothing. */
        {{{.verdict = PROOF_NO_ROUTE}, {.verdict = PROOF_SILENT}}, 2, SURVEY_SAME, SURVEY_SILENT},
        {{{.verdict = PROOF_NO_ROUTE}, {.verdict = PROOF_UNTRIED}}, 2, SURVEY_SAME, SURVEY_UNTRIED},
        {{{.verdict = PROOF_PROVEN}}, 0, SURVEY_SAME, SURVEY_UNTRIED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(survey_judge_fate(cases[i].addresses, cases[i].count, cases[i].dns),
                         cases[i].fate);
}

static struct survey_name names[COPY];

static void test_sums(void **state)
{
    struct survey survey = {.of = 10, .count = 6, .names = names};
    struct survey_sum sum;

    (void)state;
    memset(names, 0, sizeof names);
    for (int i = 0; i < 5; i++)
        names[i] =
            (struct survey_name){.drawn = true, .fate = (enum survey_fate)i, .dns = SURVEY_SAME};
    names[5] = (struct survey_name){.used = true, .fate = SURVEY_DEAD};
    survey_sum_drawn(&survey, &sum);
    assert_int_equal(sum.names, 5);
    assert_int_equal(sum.work, 2);
    assert_true(sum.share == 0.5); /* of the four that were tried */
    assert_int_equal(sum.dns[SURVEY_SAME], 5);
    assert_true(sum.least < 0.5 && sum.most > 0.5);
    survey_sum_used(&survey, &sum);
    assert_int_equal(sum.names, 1);
    assert_int_equal(sum.fate[SURVEY_DEAD], 1);
    assert_true(sum.share == 0 && sum.least == 0 && sum.most == 0);
    survey = (struct survey){.of = 0};
    survey_sum_drawn(&survey, &sum);
    assert_true(sum.names == 0 && sum.share == 0);
    /* All of them: no margin. */
    survey = (struct survey){.of = 3, .count = 3, .names = names};
    survey_sum_drawn(&survey, &sum);
    assert_true(sum.least == sum.share && sum.most == sum.share);
}

/* Of many samples of one copy, 19 of 20 have its true share within their margin, or a few less. */
static void test_margin(void **state)
{
    static const int working[] = {COPY * 98 / 100, COPY * 80 / 100, COPY / 2};
    struct survey survey = {.of = COPY, .count = COPY, .names = names};
    struct survey_sum sum;

    (void)state;
    srandom(14);
    for (size_t w = 0; w < sizeof working / sizeof *working; w++) {
        double truth = (double)working[w] / COPY;
        int within = 0;

        for (int s = 0; s < SAMPLES; s++) {
            unsigned wanted = SAMPLE;

            for (int i = 0; i < COPY; i++) {
                bool drawn = (unsigned long)random() % (unsigned long)(COPY - i) < wanted;

                names[i] = (struct survey_name){
                    .drawn = drawn, .fate = i < working[w] ? SURVEY_PROVEN : SURVEY_DEAD};
                wanted -= drawn;
            }
            survey_sum_drawn(&survey, &sum);
            assert_int_equal(sum.names, SAMPLE);
            within += sum.least <= truth && truth <= sum.most;
        }
        print_message("%d of %d within\n", within, SAMPLES);
        assert_in_range(within, SAMPLES * 92 / 100, SAMPLES * 99 / 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_dns), cmocka_unit_test(test_fate),
                                       cmocka_unit_test(test_sums), cmocka_unit_test(test_margin)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
