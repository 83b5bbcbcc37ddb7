/* What headers say of how long something may be kept. */
#include "audit/headers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_lifetimes(void **state)
{
    (void)state;
    assert_int_equal(headers_lifetime(""), 0);
    assert_int_equal(headers_lifetime("public"), 0);
    assert_int_equal(headers_lifetime("max-age=60"), 60);
    assert_int_equal(headers_lifetime("public, Max-Age=60"), 60);
    assert_int_equal(headers_lifetime("max-age=\"60\""), 60);
    assert_int_equal(headers_lifetime("max-age=60,s-maxage=86400"), 86400);
    assert_int_equal(headers_lifetime("s-maxage=10, max-age=60 , immutable"), 60);
    assert_int_equal(headers_lifetime("max-age=604800, no-cache"), 0);
    assert_int_equal(headers_lifetime("no-store,max-age=604800"), 0);
    assert_int_equal(headers_lifetime("stale-if-error=604800"), 0);
}

/* What is no number is none, and a large one does not turn round. */
static void test_nonsense(void **state)
{
    (void)state;
    assert_int_equal(headers_lifetime("max-age="), 0);
    assert_int_equal(headers_lifetime("max-age"), 0);
    assert_int_equal(headers_lifetime("max-age=-5"), 0);
    assert_int_equal(headers_lifetime("max-age=5x"), 0);
    assert_int_equal(headers_lifetime("max-age=\""), 0);
    assert_int_equal(headers_lifetime(",,, ,=,=5,\t"), 0);
    assert_true(headers_lifetime("max-age=99999999999999999999999999") > INT32_MAX);
}

static void test_age(void **state)
{
    (void)state;
    assert_int_equal(headers_age(""), 0);
    assert_int_equal(headers_age("0"), 0);
    assert_int_equal(headers_age("86400"), 86400);
    assert_int_equal(headers_age("-1"), 0);
    assert_int_equal(headers_age("soon"), 0);
    assert_true(headers_age("99999999999999999999999999") > INT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lifetimes),
        cmocka_unit_test(test_nonsense),
        cmocka_unit_test(test_age),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
