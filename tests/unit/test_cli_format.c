/* Times and numbers as `gitdns` says them. */
#include "cli/format.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_distance(void **state)
{
    char out[FORMAT_OCTETS];

    (void)state;
    assert_string_equal(format_distance(100, 100, out), "now");
    assert_string_equal(format_distance(100, 99, out), "1 second ago");
    assert_string_equal(format_distance(0, 119, out), "in 119 seconds");
    assert_string_equal(format_distance(0, 120, out), "in 2 minutes");
    assert_string_equal(format_distance(0, 47 * 3600, out), "in 47 hours");
    assert_string_equal(format_distance(0, 48 * 3600, out), "in 2 days");
    assert_string_equal(format_distance(0, 60 * 86400 - 2, out), "in 60 days");
    assert_string_equal(format_distance(INT64_MAX, 0, out), "106751991167301 days ago");
}

static void test_span(void **state)
{
    char out[FORMAT_OCTETS];

    (void)state;
    assert_string_equal(format_span(0, out), "0 seconds");
    assert_string_equal(format_span(1, out), "1 second");
    assert_string_equal(format_span(24 * 3600, out), "24 hours");
    assert_string_equal(format_span(INT64_MAX, out), "106751991167301 days");
}

static void test_count(void **state)
{
    char out[FORMAT_OCTETS];

    (void)state;
    assert_string_equal(format_count(0, out), "0");
    assert_string_equal(format_count(999, out), "999");
    assert_string_equal(format_count(1000, out), "1,000");
    assert_string_equal(format_count(UINT64_MAX, out), "18,446,744,073,709,551,615");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_span),
        cmocka_unit_test(test_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
