/* Fields of what is said, whatever comes in from outside. */
#include "notice/notice.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_one_field(void **state)
{
    struct notice notice = {.event = NOTICE_ROUND_FAILED};

    (void)state;
    notice_add(&notice, "GITDNS_MIRROR=%s", "http://a/\nMESSAGE_ID=0");
    notice_add(&notice, "GITDNS_FAILURES=%u", 3U);
    assert_int_equal(notice.fields, 2);
    assert_string_equal(notice.field[0], "GITDNS_MIRROR=http://a/?MESSAGE_ID=0");
    assert_string_equal(notice.field[1], "GITDNS_FAILURES=3");
}

static void test_bounded(void **state)
{
    struct notice notice = {.event = NOTICE_LINE};
    char text[4 * MESSAGE_OCTETS];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    notice_add(&notice, "GITDNS_NAME=%s", text);
    assert_int_equal(strlen(notice.field[0]), MESSAGE_OCTETS - 1);
    assert_string_equal(notice.field[1], "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_field),
        cmocka_unit_test(test_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
