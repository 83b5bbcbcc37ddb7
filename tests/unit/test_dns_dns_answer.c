/* What an answer says, whatever it is made of. */
#include "dns/dns_answer.h"
#include <arpa/nameser.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NAME "www.example.org"
#define QUESTION "\3www\7example\3org\0\0\1\0\1"
#define HEAD(answers) "\x12\x34\x81\x80\0\1\0" answers "\0\0\0\0" QUESTION
#define FIXED "\0\0\0\x3c"
#define RECORD(owner, address) owner "\0\1\0\1" FIXED "\0\4" address
#define ALIAS "\xc0\x0c\0\5\0\1" FIXED "\0\4\1x\xc0\x10"

struct message {
    const char *octets;
    size_t len;
};

#define MESSAGE(text)                                                                              \
    (struct message)                                                                               \
    {                                                                                              \
        text, sizeof text - 1                                                                      \
    }

/* From memory that ends with the message, for a sanitizer to watch. */
static void read_message(struct answer *answer, const void *octets, size_t len)
{
    unsigned char *copy = malloc(len + 1);

    memcpy(copy, octets, len);
    copy = realloc(copy, len > 0 ? len : 1);
    dns_answer_read(answer, copy, len, NAME, 4, ADMIT_PUBLIC);
    free(copy);
}

static void expect(struct message message, enum finding finding, unsigned count, const char *cname)
{
    struct answer answer;

    read_message(&answer, message.octets, message.len);
    assert_int_equal(answer.finding, finding);
    assert_int_equal(answer.count, count);
    assert_int_equal(answer.cname_len, strlen(cname));
    assert_memory_equal(answer.cname, cname, answer.cname_len);
}

static void test_answers(void **state)
{
    (void)state;
    expect(MESSAGE(HEAD("\2") RECORD("\xc0\x0c", "\x08\x08\x08\x09")
                       RECORD("\xc0\x0c", "\x08\x08\x08\x08")),
           FINDING_FOUND, 2, "");
    expect(MESSAGE(HEAD("\2") ALIAS RECORD("\1X\xc0\x10", "\x08\x08\x08\x08")), FINDING_FOUND, 1,
           "x.example.org");
    /* An alias that comes too late, another name, another class, and a length that is not right. */
    expect(MESSAGE(HEAD("\2") RECORD("\1x\xc0\x10", "\x08\x08\x08\x08") ALIAS), FINDING_NODATA, 0,
           "");
    expect(MESSAGE(HEAD("\1") "\xc0\x0c\0\1\0\3" FIXED "\0\4\x08\x08\x08\x08"), FINDING_NODATA, 0,
           "");
    expect(MESSAGE(HEAD("\1") "\xc0\x0c\0\1\0\1" FIXED "\0\3\x08\x08\x08"), FINDING_NODATA, 0, "");
    expect(MESSAGE(HEAD("\1") RECORD("\xc0\x0c", "\x0a\0\0\1")), FINDING_NODATA, 0, "");
    /* More are promised than there are, and a pointer to itself. */
    expect(MESSAGE(HEAD("\2") RECORD("\xc0\x0c", "\x08\x08\x08\x08")), FINDING_FAILED, 0, "");
    expect(MESSAGE(HEAD("\1") RECORD("\xc0\x21", "\x08\x08\x08\x08")), FINDING_FAILED, 0, "");
}

/* The name's address, of an owner that is told by so many pointers, each of which leads to the one
 * before. They stand in another record, behind the name that the first leads to. */
static void expect_chain(unsigned pointers, enum finding finding)
{
    static const char head[] = HEAD("\2") "\xc0\x0c\0\x10\0\1" FIXED;
    unsigned char octets[4096];
    size_t at = sizeof head - 1 + 2, to = 12;
    struct answer answer;

    memcpy(octets, head, sizeof head - 1);
    octets[at - 2] = (unsigned char)(2 * pointers >> 8);
    octets[at - 1] = (unsigned char)(2 * pointers);
    for (; pointers > 0; pointers--, to = at, at += 2) {
        octets[at] = (unsigned char)(0xc0 | to >> 8);
        octets[at + 1] = (unsigned char)to;
    }
    octets[at] = (unsigned char)(0xc0 | to >> 8);
    octets[at + 1] = (unsigned char)to;
    memcpy(octets + at + 2, RECORD("", "\x08\x08\x08\x08"), 14);
    read_message(&answer, octets, at + 16);
    assert_int_equal(answer.finding, finding);
}

/* As many as a name can have labels are followed. */
static void test_pointers(void **state)
{
    (void)state;
    for (unsigned pointers = 1; pointers < 127; pointers++)
        expect_chain(pointers, FINDING_FOUND);
    expect_chain(NS_MAXDNAME, FINDING_FAILED);
    expect_chain(1500, FINDING_FAILED);
}

/* What a name may have by the option that gave it. */
static void test_admission(void **state)
{
    static const char octets[] = HEAD("\5") RECORD("\xc0\x0c", "\x0a\0\0\1")
        RECORD("\xc0\x0c", "\x7f\0\0\1") RECORD("\xc0\x0c", "\0\0\0\0")
            RECORD("\xc0\x0c", "\xc6\x12\0\1") RECORD("\xc0\x0c", "\x08\x08\x08\x08");
    static const unsigned counts[] = {[ADMIT_PUBLIC] = 1, [ADMIT_PRIVATE] = 2, [ADMIT_ALL] = 5};
    struct answer answer;

    (void)state;
    for (unsigned i = ADMIT_PUBLIC; i <= ADMIT_ALL; i++) {
        dns_answer_read(&answer, (const unsigned char *)octets, sizeof octets - 1, NAME, 4,
                        (enum admission)i);
        assert_int_equal(answer.count, counts[i]);
        assert_int_equal(answer.refused, 5 - counts[i]);
    }
}

static void test_cut(void **state)
{
    static const char whole[] = HEAD("\2") ALIAS RECORD("\1x\xc0\x10", "\x08\x08\x08\x08");
    struct answer answer;

    (void)state;
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        read_message(&answer, whole, len);
        assert_int_equal(answer.finding, FINDING_FAILED);
        assert_non_null(answer.why);
    }
    read_message(&answer, whole, sizeof whole - 1);
    assert_int_equal(answer.finding, FINDING_FOUND);
}

/* Nothing to compare with: that it comes back, and that a sanitizer has nothing to say. */
static void test_anything(void **state)
{
    static const char whole[] = HEAD("\3") ALIAS RECORD("\1x\xc0\x10", "\x08\x08\x08\x08")
        RECORD("\1x\xc0\x10", "\x08\x08\x08\x09");
    struct answer answer;

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        char octets[sizeof whole];

        memcpy(octets, whole, sizeof whole);
        for (unsigned changes = 1 + randombytes_uniform(4); changes > 0; changes--)
            octets[randombytes_uniform(sizeof whole - 1)] = (char)randombytes_uniform(256);
        read_message(&answer, octets, sizeof whole - 1 - randombytes_uniform(2));
        assert_true(answer.count <= ANSWER_ADDRESSES_MAX && answer.finding <= FINDING_FOUND);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),   cmocka_unit_test(test_pointers),
        cmocka_unit_test(test_admission), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_anything),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
