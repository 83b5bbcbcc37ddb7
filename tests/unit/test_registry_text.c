#include "base/error.h"
#include "registry/text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int parse(struct text_reader *reader, const char *line)
{
    struct record record;

    return text_parse(reader, line, strlen(line), &record);
}

/* A line, and what a public and a private registry say of it as their first. */
static const struct {
    const char *line;
    int public, private;
} lines[] = {
    {"a.com 8.8.8.8", 0, 0},
    {"a.com 8.8.8.8 9.9.9.9", 0, 0},
    {"a.com 9.9.9.9 8.8.8.8", 0, 0},
    {"a.com 2606:4700::1", 0, 0},
    {"a.com 8.8.8.8 2606:4700::1 cname=b.net", 0, 0},
    {"a.com 8.8.8.8 cname=www.a.com", 0, 0},
    {"_sip.a--b.com 8.8.8.8", 0, 0},

    {"", E_NAME_SYNTAX, E_NAME_SYNTAX},
    {" ", E_NAME_SYNTAX, E_NAME_SYNTAX},
    {" a.com 8.8.8.8", E_NAME_SYNTAX, E_NAME_SYNTAX},
    {"A.com 8.8.8.8", E_NAME_SYNTAX, E_NAME_SYNTAX},
    {"a.com. 8.8.8.8", E_NAME_SYNTAX, E_NAME_SYNTAX},
    {"-a.com 8.8.8.8", E_NAME_SYNTAX, E_NAME_SYNTAX},
    {"-a.com", E_NAME_SYNTAX, E_NAME_SYNTAX},
    {"# a comment", E_NAME_SYNTAX, E_NAME_SYNTAX},
    {"a.com\t8.8.8.8", E_NAME_SYNTAX, E_NAME_SYNTAX},
    {"8.8.8.8 a.com", E_NAME_NUMERIC, E_NAME_NUMERIC},
    {"localhost 8.8.8.8", E_NAME_SPECIAL, 0},
    {"nas.local 8.8.8.8", E_NAME_SPECIAL, 0},

    {"a.com", E_ADDRESS_NONE, E_ADDRESS_NONE},
    {"a.com cname=b.net", E_ADDRESS_NONE, E_ADDRESS_NONE},
    {"a.com ", E_ADDRESS_SYNTAX, E_ADDRESS_SYNTAX},
    {"a.com  8.8.8.8", E_ADDRESS_SYNTAX, E_ADDRESS_SYNTAX},
    {"a.com 8.8.8.8 ", E_ADDRESS_SYNTAX, E_ADDRESS_SYNTAX},
    {"a.com 8.8.8.8  9.9.9.9", E_ADDRESS_SYNTAX, E_ADDRESS_SYNTAX},
    {"a.com 8.8.8.8\t9.9.9.9", E_ADDRESS_SYNTAX, E_ADDRESS_SYNTAX},
    {"a.com 8.8.8.8\r", E_ADDRESS_SYNTAX, E_ADDRESS_SYNTAX},
    {"a.com 8.8.8", E_ADDRESS_SYNTAX, E_ADDRESS_SYNTAX},
    {"a.com 08.8.8.8", E_ADDRESS_SYNTAX, E_ADDRESS_SYNTAX},
    {"a.com b.com 8.8.8.8", E_ADDRESS_SYNTAX, E_ADDRESS_SYNTAX},
    {"a.com 2606:4700:0::1", E_ADDRESS_FORM, E_ADDRESS_FORM},
    {"a.com 2606:4700::0001", E_ADDRESS_FORM, E_ADDRESS_FORM},
    {"a.com 2606:470A::1", E_ADDRESS_FORM, E_ADDRESS_FORM},
    {"a.com 2606:4700::1.2.3.4", E_ADDRESS_FORM, E_ADDRESS_FORM},
    {"a.com 10.0.0.1", E_ADDRESS_REFUSED, 0},
    {"a.com 8.8.8.8 ::1", E_ADDRESS_REFUSED, 0},
    {"a.com ::ffff:8.8.8.8", E_ADDRESS_REFUSED, 0},
    {"a.com 2606:4700::1 8.8.8.8", E_ADDRESS_ORDER, E_ADDRESS_ORDER},
    {"a.com 8.8.8.8 9.9.9.9 8.8.8.8", E_ADDRESS_TWICE, E_ADDRESS_TWICE},
    {"a.com 2606:4700::1 2606:4700::1", E_ADDRESS_TWICE, E_ADDRESS_TWICE},

    {"a.com 8.8.8.8 cname=", E_ADDRESS_SYNTAX, E_ADDRESS_SYNTAX},
    {"a.com 8.8.8.8 cname", E_ADDRESS_SYNTAX, E_ADDRESS_SYNTAX},
    {"a.com 8.8.8.8 CNAME=b.net", E_ADDRESS_SYNTAX, E_ADDRESS_SYNTAX},
    {"a.com 8.8.8.8 ttl=30", E_ADDRESS_SYNTAX, E_ADDRESS_SYNTAX},
    {"a.com 8.8.8.8 cname=B.net", E_NAME_SYNTAX, E_NAME_SYNTAX},
    {"a.com 8.8.8.8 cname=b.net.", E_NAME_SYNTAX, E_NAME_SYNTAX},
    {"a.com 8.8.8.8 cname=b", E_NAME_SPECIAL, 0},
    {"a.com 8.8.8.8 cname=b.local", E_NAME_SPECIAL, 0},
    {"a.com 8.8.8.8 cname=a.com", E_LINE_SYNTAX, E_LINE_SYNTAX},
    {"a.com cname=b.net 8.8.8.8", E_LINE_SYNTAX, E_LINE_SYNTAX},
    {"a.com 8.8.8.8 cname=b.net ", E_LINE_SYNTAX, E_LINE_SYNTAX},
    {"a.com 8.8.8.8 cname=b.net cname=c.net", E_LINE_SYNTAX, E_LINE_SYNTAX},
};

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        for (int private = 0; private < 2; private ++) {
            struct text_reader reader = {.private = private};
            int want = private ? lines[i].private : lines[i].public;
            int got = parse(&reader, lines[i].line);

            if (got != want)
                fail_msg("`%s': %d (%s), not %d (%s)", lines[i].line, got, error_text(got), want,
                         error_text(want));
        }
}

static void test_nul_octets(void **state)
{
    static const struct {
        const char *line;
        size_t len;
        int error;
    } cases[] = {
        {"a\0.com 8.8.8.8", 14, E_NAME_SYNTAX},
        {"a.com 8.8.8.8\0", 14, E_ADDRESS_SYNTAX},
        {"a.com 8.8.8.8 cname=b\0", 22, E_NAME_SYNTAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text_reader reader = {.private = true};
        struct record record;

        assert_int_equal(text_parse(&reader, cases[i].line, cases[i].len, &record), cases[i].error);
    }
}

static void test_record(void **state)
{
    static const char line[] = "a.com 8.8.8.8 1.1.1.1 2606:4700::1 cname=b.net";
    struct text_reader reader = {.private = false};
    struct record record;

    (void)state;
    assert_int_equal(text_parse(&reader, line, strlen(line), &record), 0);
    assert_int_equal(record.name_len, 5);
    assert_ptr_equal(record.name, line);
    assert_int_equal(record.n4, 2);
    assert_memory_equal(record.ipv4, "\x08\x08\x08\x08\x01\x01\x01\x01", 8);
    assert_int_equal(record.n6, 1);
    assert_memory_equal(record.ipv6, "\x26\x06\x47\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
    assert_int_equal(record.cname_len, 5);
    assert_memory_equal(record.cname, "b.net", 5);
    /* Nothing of one line is left in the next one's record. */
    assert_int_equal(text_parse(&reader, "b.com 8.8.4.4", 13, &record), 0);
    assert_int_equal(record.n4, 1);
    assert_int_equal(record.n6, 0);
    assert_null(record.cname);
}

static void test_order(void **state)
{
    struct text_reader reader = {.private = false};

    (void)state;
    assert_int_equal(parse(&reader, "example.com 8.8.8.8"), 0);
    assert_int_equal(parse(&reader, "example.com 8.8.8.8"), E_TEXT_ORDER);
    assert_int_equal(parse(&reader, "a.com 8.8.8.8"), E_TEXT_ORDER);
    assert_int_equal(parse(&reader, "www.example.com 8.8.8.8"), 0);
    assert_int_equal(parse(&reader, "example.com 8.8.8.8"), E_TEXT_ORDER);
    assert_int_equal(parse(&reader, "a.net 8.8.8.8"), 0);
    assert_int_equal(parse(&reader, "z.com 8.8.8.8"), E_TEXT_ORDER);
    assert_int_equal(parse(&reader, "a.b.net 8.8.8.8"), 0);
    assert_int_equal(parse(&reader, "b.net 8.8.8.8"), E_TEXT_ORDER);
}

static void test_round_trip(void **state)
{
    struct text_reader reader = {.private = true};
    char out[TEXT_LINE_MAX];
    struct record record;

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        size_t len = strlen(lines[i].line);

        reader.previous_len = 0;
        if (text_parse(&reader, lines[i].line, len, &record) < 0)
            continue;
        assert_int_equal(text_format(&record, out), len + 1);
        assert_memory_equal(out, lines[i].line, len);
        assert_int_equal(out[len], '\n');
    }
}

/* A line of a name and a canonical name of 253 octets and of `count` addresses of 39. */
static size_t longest_line(char *line, unsigned count)
{
    char name[NAME_MAX_OCTETS + 1];
    int len;

    for (int i = 0; i < NAME_MAX_OCTETS; i++)
        name[i] = i % 64 == 63 ? '.' : 'x';
    name[NAME_MAX_OCTETS] = '\0';
    len = sprintf(line, "%s", name);
    for (unsigned i = 0; i < count; i++)
        len += sprintf(line + len, " 2606:ffff:ffff:ffff:ffff:ffff:ffff:%x", 0x1000 + i);
    name[0] = 'y';
    return (size_t)(len + sprintf(line + len, " cname=%s", name));
}

static void test_longest_line(void **state)
{
    struct text_reader reader = {.private = false};
    char line[TEXT_LINE_MAX + 256], out[TEXT_LINE_MAX];
    struct record record;
    size_t len = longest_line(line, ADDRESSES_MAX);

    (void)state;
    assert_int_equal(text_parse(&reader, line, len, &record), 0);
    assert_int_equal(record.n6, ADDRESSES_MAX);
    assert_int_equal(text_format(&record, out), len + 1);
    assert_memory_equal(out, line, len);
    reader.previous_len = 0;
    len = longest_line(line, ADDRESSES_MAX + 1);
    assert_int_equal(text_parse(&reader, line, len, &record), E_ADDRESS_COUNT);
}

static void test_64_of_both(void **state)
{
    struct text_reader reader = {.private = false};
    struct record record;
    char line[2048] = "a.com";
    size_t len = 5;

    (void)state;
    for (int i = 0; i < 40; i++)
        len += (size_t)sprintf(line + len, " 8.8.8.%d", i);
    for (int i = 0; i < 24; i++)
        len += (size_t)sprintf(line + len, " 2606:4700::1:%x", 16 + i);
    assert_int_equal(text_parse(&reader, line, len, &record), 0);
    assert_int_equal(record.n4, 40);
    assert_int_equal(record.n6, 24);
    reader.previous_len = 0;
    len += (size_t)sprintf(line + len, " 2606:4700::2");
    assert_int_equal(text_parse(&reader, line, len, &record), E_ADDRESS_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),      cmocka_unit_test(test_nul_octets),
        cmocka_unit_test(test_record),     cmocka_unit_test(test_order),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_longest_line),
        cmocka_unit_test(test_64_of_both),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
