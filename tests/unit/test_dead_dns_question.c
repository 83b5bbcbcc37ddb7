/* The question of a query, of octets as programs send them, and of others. */
#include "dead_dns/question.h"
#include <arpa/nameser.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* Last: it needs those above. */
#include <cmocka.h>

static const unsigned char good[] =
    "\x12\x34\x01\x20\0\1\0\0\0\0\0\1\3WwW\7example\3net\0\0\x1c\0\1\0\0\x29\x04\xb0\0\0\0\0\0";
#define GOOD_OCTETS (sizeof good - 1)
#define QUESTION_END (12 + 17 + 4)

/* The end of a name, A, IN. */
static const unsigned char end[] = {0, 0, ns_t_a, 0, ns_c_in};

static unsigned char message[512];
static struct question question;

static bool read_cut(size_t len)
{
    /* So that who reads beyond the end is seen. */
    unsigned char *exact = malloc(len + 1);
    bool r;

    assert_non_null(exact);
    memcpy(exact, message, len);
    exact = realloc(exact, len > 0 ? len : 1);
    r = question_read(exact, len, &question);
    free(exact);
    return r;
}

static int set_up(void **state)
{
    (void)state;
    memcpy(message, good, GOOD_OCTETS);
    return 0;
}

static void test_read(void **state)
{
    (void)state;
    assert_true(read_cut(GOOD_OCTETS));
    assert_string_equal(question.name, "www.example.net");
    assert_int_equal(question.type, ns_t_aaaa);
    assert_int_equal(question.octets, QUESTION_END);
    message[13] = '\n';
    assert_true(read_cut(GOOD_OCTETS));
    assert_string_equal(question.name, "?ww.example.net");
    memcpy(message + 12, end, sizeof end);
    assert_true(read_cut(17));
    assert_string_equal(question.name, ".");
}

static void test_cut(void **state)
{
    (void)state;
    for (size_t len = 0; len < QUESTION_END; len++)
        assert_false(read_cut(len));
    assert_true(read_cut(QUESTION_END));
}

static void test_others(void **state)
{
    (void)state;
    message[2] |= 0x80; /* an answer */
    assert_false(read_cut(GOOD_OCTETS));
    set_up(NULL);
    message[5] = 2; /* two questions */
    assert_false(read_cut(GOOD_OCTETS));
    set_up(NULL);
    message[12] = 0xc0; /* compressed */
    assert_false(read_cut(GOOD_OCTETS));
    set_up(NULL);
    message[16] = 64; /* longer than a label can be */
    assert_false(read_cut(GOOD_OCTETS));
}

/* The longest name there is, and one that is longer. */
static void test_long(void **state)
{
    size_t at = 12;

    (void)state;
    for (unsigned i = 0; i < 3; i++, at += 64) {
        message[at] = 63;
        memset(message + at + 1, 'a', 63);
    }
    message[at] = 61;
    memset(message + at + 1, 'a', 63);
    memcpy(message + at + 62, end, sizeof end);
    assert_true(read_cut(at + 67));
    assert_int_equal(strlen(question.name), NAME_MAX_OCTETS);
    message[at] = 62;
    message[at + 62] = 'a';
    memcpy(message + at + 63, end, sizeof end);
    assert_false(read_cut(at + 68));
}

static void test_fail(void **state)
{
    (void)state;
    assert_true(question_read(message, GOOD_OCTETS, &question));
    assert_int_equal(question_fail(message, &question), QUESTION_END);
    assert_memory_equal(message, "\x12\x34\x81\x82\0\1\0\0\0\0\0\0", 12);
    assert_memory_equal(message + 12, good + 12, QUESTION_END - 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_read, set_up),   cmocka_unit_test_setup(test_cut, set_up),
        cmocka_unit_test_setup(test_others, set_up), cmocka_unit_test_setup(test_long, set_up),
        cmocka_unit_test_setup(test_fail, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
