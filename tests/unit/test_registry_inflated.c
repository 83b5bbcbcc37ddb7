/* Whether a text came in place of its .gz. */
#include "registry/inflated.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool is(const char *octets)
{
    return inflated(octets, strlen(octets));
}

static void test_texts(void **state)
{
    (void)state;
    assert_true(is("a.example.org 8.8.8.8\n"));
    assert_true(is("printer 10.0.0.1\nz.example.org 8.8."));
    assert_true(is("-a.example.org\n"));
}

static void test_others(void **state)
{
    (void)state;
    assert_false(is(""));
    assert_false(is("\n"));
    assert_false(is("a.example.org 8.8.8.8"));
    assert_false(is("\x1f\x8b\x08\n"));
    assert_false(is("<!DOCTYPE html>\n"));
    assert_false(is("gitdns registry 1\n"));
    assert_false(is("42\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
