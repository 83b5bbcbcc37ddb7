#include "base/message.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_every_octet(void **state)
{
    char message[MESSAGE_OCTETS], text[2] = "";

    (void)state;
    for (int octet = 1; octet < 256; octet++) {
        text[0] = (char)octet;
        message_set(message, "a%sb", text);
        assert_int_equal(strlen(message), 3);
        assert_int_equal(message[1], octet >= ' ' && octet <= '~' ? octet : '?');
    }
}

static void test_bounded(void **state)
{
    char message[MESSAGE_OCTETS + 1], text[4 * MESSAGE_OCTETS];

    (void)state;
    memset(text, '\n', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    message[MESSAGE_OCTETS] = 'x';
    message_set(message, "%s", text);
    assert_int_equal(strlen(message), MESSAGE_OCTETS - 1);
    assert_int_equal(strspn(message, "?"), MESSAGE_OCTETS - 1);
    assert_int_equal(message[MESSAGE_OCTETS], 'x');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_octet),
        cmocka_unit_test(test_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
