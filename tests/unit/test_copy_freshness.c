/* When a copy, or its publisher, is late. */
#include "base/number.h"
#include "copy/freshness.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NOW INT64_C(1800000000)

static void test_usual(void **state)
{
    struct serial_date dates[] = {{9, NOW}, {8, NOW - DAY}, {7, NOW - 2 * DAY - 2 * HOUR}};

    (void)state;
    assert_int_equal(freshness_usual(dates, 3), DAY + 2 * HOUR);
    assert_int_equal(freshness_usual(dates, 2), 0);
    assert_int_equal(freshness_usual(dates, 0), 0);
    /* Between two that a machine has there are some that it has not. */
    dates[2] = (struct serial_date){1, NOW - 8 * DAY};
    assert_int_equal(freshness_usual(dates, 3), DAY);
    /* What rarely changes has no usual time, */
    dates[2] = (struct serial_date){7, NOW - 4 * DAY};
    assert_int_equal(freshness_usual(dates, 3), 0);
    /* nor has what a clock or a hostile publisher says, nor what is made by hand. */
    dates[2] = (struct serial_date){7, NOW};
    assert_int_equal(freshness_usual(dates, 3), 0);
    dates[2] = (struct serial_date){8, NOW - 2 * DAY};
    assert_int_equal(freshness_usual(dates, 3), 0);
    dates[1].created = NOW - HOUR + 1;
    dates[2] = (struct serial_date){7, NOW - 2 * HOUR};
    assert_int_equal(freshness_usual(dates, 3), 0);
    dates[1].created--;
    assert_int_equal(freshness_usual(dates, 3), HOUR);
}

static void test_has_stopped(void **state)
{
    (void)state;
    assert_false(freshness_has_stopped(NOW, NOW + 60 * DAY, DAY, NOW + 60 * HOUR));
    assert_true(freshness_has_stopped(NOW, NOW + 60 * DAY, DAY, NOW + 60 * HOUR + 1));
    assert_false(freshness_has_stopped(NOW, NOW + 60 * DAY, 0, NOW + 30 * DAY));
    assert_true(freshness_has_stopped(NOW, NOW + 60 * DAY, 0, NOW + 30 * DAY + 1));
    assert_false(freshness_has_stopped(NOW + DAY, NOW + 60 * DAY, HOUR, NOW));
}

static void test_may_catch_up(void **state)
{
    const int64_t late = NOW + 61 * HOUR, later = NOW + 60 * HOUR + DAY;

    (void)state;
    assert_true(freshness_may_catch_up(NOW, DAY, late - HOUR, late));
    assert_false(freshness_may_catch_up(NOW, DAY, late - HOUR - 1, late));
    assert_true(freshness_may_catch_up(NOW, DAY, later, later));
    assert_false(freshness_may_catch_up(NOW, DAY, later, later + 1));
    assert_false(freshness_may_catch_up(NOW, 0, late, late));
}

static void test_is_old(void **state)
{
    const int64_t end = NOW + 60 * DAY;

    (void)state;
    assert_false(freshness_is_old(NOW, end, 0, DAY, NOW + 30 * DAY));
    assert_true(freshness_is_old(NOW, end, 0, DAY, NOW + 30 * DAY + 1));
    /* The longer of the two waits for the other. */
    assert_false(freshness_is_old(NOW, end, DAY, 7 * DAY, NOW + 17 * DAY));
    assert_true(freshness_is_old(NOW, end, DAY, 7 * DAY, NOW + 18 * DAY));
    assert_false(freshness_is_old(NOW, end, 7 * DAY, DAY, NOW + 17 * DAY));
    assert_true(freshness_is_old(NOW, end, 7 * DAY, DAY, NOW + 18 * DAY));
}

static void test_ends_soon(void **state)
{
    (void)state;
    assert_false(freshness_ends_soon(NOW, NOW + 60 * DAY, NOW + 53 * DAY));
    assert_true(freshness_ends_soon(NOW, NOW + 60 * DAY, NOW + 53 * DAY + 1));
    assert_false(freshness_ends_soon(NOW, NOW + 4 * DAY, NOW + 3 * DAY));
    assert_true(freshness_ends_soon(NOW, NOW + 4 * DAY, NOW + 3 * DAY + 1));
}

static void test_text(void **state)
{
    char out[FRESHNESS_OCTETS];

    (void)state;
    assert_string_equal(freshness_text(NOW + 6 * DAY, NOW, out), "the copy expires in 6 days");
    assert_string_equal(freshness_text(NOW, NOW, out), "the copy expires now");
    assert_string_equal(freshness_text(NOW - 7200, NOW, out), "the copy expired 2 hours ago");
    assert_string_equal(freshness_text(INT64_MIN / 2, INT64_MAX / 2, out),
                        "the copy expired 106751991167301 days ago");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual),        cmocka_unit_test(test_has_stopped),
        cmocka_unit_test(test_may_catch_up), cmocka_unit_test(test_is_old),
        cmocka_unit_test(test_ends_soon),    cmocka_unit_test(test_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
