/* Each code has a text of its own. */
#include "base/error.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_texts(void **state)
{
    (void)state;
    for (int code = E_NAME_SYNTAX; code <= E_STOPPED; code++) {
        assert_non_null(error_text(code));
        assert_string_not_equal(error_text(code), "unknown error");
        for (int other = E_NAME_SYNTAX; other < code; other++)
            assert_string_not_equal(error_text(code), error_text(other));
        assert_false(error_is_errno(code));
    }
}

static void test_others(void **state)
{
    static const int unknown[] = {E_NAME_SYNTAX - 1, E_STOPPED + 1, 1, -1000, -3000};

    (void)state;
    assert_true(error_is_errno(-ENOENT));
    assert_string_equal(error_text(-ENOENT), strerror(ENOENT));
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        assert_string_equal(error_text(unknown[i]), "unknown error");
        assert_false(error_is_errno(unknown[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
