/* What an administrator tells the daemon, and what is none of it. */
#include "copy/control.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* Last: it needs those above. */
#include <cmocka.h>

#define SECRET "0123456789abcdef0123456789abcdef"
#define OTHER "0123456789abcdef0123456789abcdee"

static struct control control;

static bool is_control(const char *text)
{
    memset(&control, -1, sizeof control);
    return control_read(text, strlen(text), SECRET, &control);
}

static void test_words(void **state)
{
    char message[CONTROL_MESSAGE_OCTETS];

    (void)state;
    for (enum board_forced forced = BOARD_AUTO; forced <= BOARD_DRILL; forced++) {
        const struct control told = {forced, forced == BOARD_DRILL ? DRILL_SECONDS_MAX : 0};
        size_t len = control_message(&told, SECRET, message);

        assert_int_equal(len, strlen(message));
        assert_true(is_control(message));
        assert_int_equal(control.forced, told.forced);
        assert_int_equal(control.seconds, told.seconds);
        assert_false(control_read(message, len - 1, SECRET, &control));
        assert_false(control_read(message, len, OTHER, &control));
    }
}

static void test_others(void **state)
{
    static const char *const others[] = {
        "",
        "on",
        "on ",
        "on" SECRET,
        " on " SECRET,
        "on  " SECRET,
        "ON " SECRET,
        "on " SECRET " ",
        "drill " SECRET,
        "drill 0 " SECRET,
        "drill 00 " SECRET,
        "drill 010 " SECRET,
        "drill +1 " SECRET,
        "drill -1 " SECRET,
        "drill 86401 " SECRET,
        "drill 18446744073709551617 " SECRET,
        "drill 99999999999999999999999999999 " SECRET,
        "drill 1h " SECRET,
        "drill 600  " SECRET,
        "drill 600" SECRET,
    };

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (is_control(others[i]))
            fail_msg("%s", others[i]);
    assert_false(control_read("on\0" SECRET, 3 + CONTROL_SECRET_OCTETS, SECRET, &control));
    assert_true(is_control("drill 600 " SECRET));
    assert_int_equal(control.seconds, 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
