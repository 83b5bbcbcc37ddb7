/* Findings: words that programs rely on, and bounds. */
#include "audit/finding.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_words(void **state)
{
    (void)state;
    assert_string_equal(finding_level_word(FINDING_NOTE), "note");
    assert_string_equal(finding_level_word(FINDING_ERROR), "error");
    for (int i = 0; i <= FINDING_MACHINE; i++) {
        const char *word = finding_kind_word((enum finding_kind)i);

        assert_non_null(word);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(word, finding_kind_word((enum finding_kind)j));
    }
}

static void test_fine(void **state)
{
    struct findings findings = {0};

    (void)state;
    assert_true(findings_are_fine(&findings));
    findings_add(&findings, FINDING_NOTE, FINDING_DELTA, "a");
    assert_true(findings_are_fine(&findings));
    findings_add(&findings, FINDING_WARNING, FINDING_DELTA, "b%s", "\033[2J");
    assert_false(findings_are_fine(&findings));
    assert_string_equal(findings.finding[1].text, "b?[2J");
}

/* What there is no room for counts all the same. */
static void test_many(void **state)
{
    struct findings findings = {0};

    (void)state;
    for (int i = 0; i < FINDINGS_MAX; i++)
        findings_add(&findings, FINDING_NOTE, FINDING_DELTA, "%d", i);
    assert_true(findings_are_fine(&findings));
    findings_add(&findings, FINDING_ERROR, FINDING_HASH, "x");
    assert_int_equal(findings.count, FINDINGS_MAX);
    assert_int_equal(findings.more, 1);
    assert_int_equal(findings.levels[FINDING_ERROR], 1);
    assert_false(findings_are_fine(&findings));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_fine),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
