/* Numbers and durations that people write. */
#include "base/number.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        int64_t number;
        size_t taken;
    } cases[] = {{"0", 0, 1},
                 {"007x", 7, 3},
                 {"9223372036854775807d", INT64_MAX, 19},
                 {"9223372036854775808", -1, 0},
                 {"99999999999999999999", -1, 0},
                 {"", -1, 0},
                 {"x1", -1, 0},
                 {"-1", -1, 0},
                 {"+1", -1, 0},
                 {" 1", -1, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *rest = NULL;

        assert_int_equal(number_parse(cases[i].text, &rest), cases[i].number);
        if (cases[i].number >= 0)
            assert_ptr_equal(rest, cases[i].text + cases[i].taken);
    }
}

static void test_durations(void **state)
{
    static const struct {
        const char *text, *units;
        int64_t seconds;
    } cases[] = {{"0", "dhms", 0},
                 {"00", "dhms", 0},
                 {"0d", "dhms", 0},
                 {"1s", "dhms", 1},
                 {"2m", "dhms", 120},
                 {"3h", "dhms", 3 * HOUR},
                 {"365d", "dhms", 365 * DAY},
                 {"2w", "smhdw", 14 * DAY},
                 {"2w", "dhms", -1},
                 {"106751991167301d", "dhms", INT64_MAX}, /* more than fit */
                 {"106751991167300d", "dhms", 106751991167300 * DAY},
                 {"9223372036854775808s", "dhms", -1},
                 {"1", "dhms", -1},
                 {"1 d", "dhms", -1},
                 {"1dd", "dhms", -1},
                 {"1D", "dhms", -1},
                 {"d", "dhms", -1},
                 {"-1d", "dhms", -1},
                 {"", "dhms", -1}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(duration_parse(cases[i].text, cases[i].units), cases[i].seconds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_durations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
