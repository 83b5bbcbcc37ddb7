/* Spans of time as people read them. */
#include "base/span.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_distance(void **state)
{
    char out[SPAN_OCTETS];

    (void)state;
    assert_string_equal(span_distance(100, 100, out), "now");
    assert_string_equal(span_distance(100, 99, out), "1 second ago");
    assert_string_equal(span_distance(0, 119, out), "in 119 seconds");
    assert_string_equal(span_distance(0, 120, out), "in 2 minutes");
    assert_string_equal(span_distance(0, 47 * 3600, out), "in 47 hours");
    assert_string_equal(span_distance(0, 48 * 3600, out), "in 2 days");
    assert_string_equal(span_distance(0, 60 * 86400 - 2, out), "in 60 days");
    assert_string_equal(span_distance(INT64_MAX, 0, out), "106751991167301 days ago");
}

static void test_span(void **state)
{
    char out[SPAN_OCTETS];

    (void)state;
    assert_string_equal(span_text(0, out), "0 seconds");
    assert_string_equal(span_text(1, out), "1 second");
    assert_string_equal(span_text(24 * 3600, out), "24 hours");
    assert_string_equal(span_text(INT64_MAX, out), "106751991167301 days");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_span),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
