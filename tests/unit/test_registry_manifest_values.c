/* What may stand in each line of a manifest, and what may not. */
#include "tests/unit/manifest_lab.h"

/* The example with one of its lines replaced. */
static void check_line(unsigned index, const char *line, int want)
{
    const char *lines[LINES];
    char text[4096];

    memcpy(lines, example, sizeof lines);
    lines[index] = line;
    check(text, join(lines, LINES, text), want, index + 1);
}

static const struct {
    unsigned line;
    const char *text;
} bad_values[] = {
    {NAME, "name "},
    {NAME, "name Top-sites"},
    {NAME, "name .top"},
    {NAME, "name ../top"},
    {NAME, "name top sites"},
    {NAME, "name top-sites "},
    {NAME, "name  top-sites"},
    {NAME, "name top_sites"},
    {NAME, "name aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    {NAME, "name top-sites\r"},
    {SERIAL, "serial 0"},
    {SERIAL, "serial 042"},
    {SERIAL, "serial +42"},
    {SERIAL, "serial -42"},
    {SERIAL, "serial 42 "},
    {SERIAL, "serial  42"},
    {SERIAL, "serial 42 43"},
    {SERIAL, "serial 1000000000"},
    {SERIAL, "serial 1000000000000000000"},
    {SERIAL, "serial 18446744073709551658"},
    {SERIAL, "serial 0x2a"},
    {SERIAL, "serial 42\r"},
    {PARENT, "parent "},
    {PARENT, "parent None"},
    {PARENT, "parent none "},
    {PARENT, "parent 0 " HASH_A},
    {PARENT, "parent 42 " HASH_A},
    {PARENT, "parent 43 " HASH_A},
    {PARENT, "parent 041 " HASH_A},
    {PARENT, "parent 41"},
    {PARENT, "parent 41 "},
    {PARENT, "parent 41 " HASH_A " "},
    {PARENT, "parent 41 0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"},
    {PARENT, "parent 41 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"},
    {PARENT, "parent 41 " HASH_A "0"},
    {PARENT, "parent 41 " HASH_A "00"},
    {PARENT, "parent 41 g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
    {PARENT, "parent 41 01:3456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
    {EXPIRES, "expires 2026-11-16T00:00:00Z"},
    {EXPIRES, "expires 2026-11-15T23:59:59Z"},
    {NAMES, "names 0"},
    {NAMES, "names 01"},
    {NAMES, "names -1"},
    {NAMES, "names "},
    {NAMES, "names 1 "},
    {NAMES, "names 9223372036854775808"},
    {NAMES, "names 18446744073709551616"},
    {NAMES, "names 18446744073709551617"},
    {TEXT, "text 0 " HASH_A},
    {TEXT, "text 1"},
    {TEXT, "text " HASH_A},
    {TEXT, "text 1  " HASH_A},
    {TEXT, "text 1 " HASH_A " x"},
    {TEXT, "text 9223372036854775808 " HASH_A},
    {TEXT, "text 36893488147419103233 " HASH_A},
    {SNAPSHOT, "snapshot 0 " HASH_A},
    {SNAPSHOT, "snapshot 1 "},
    {SNAPSHOT, "snapshot 1\t" HASH_A},
    {DELTA, "delta 0 1 " HASH_A},
    {DELTA, "delta 41 0 " HASH_A},
    {DELTA, "delta 41 1"},
    {DELTA, "delta 41"},
    {DELTA, "delta 041 1 " HASH_A},
    {DELTA, "delta "},
    {DELTA, "delta 41 1 " HASH_A " "},
};

static void test_bad_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_values / sizeof *bad_values; i++)
        check_line(bad_values[i].line, bad_values[i].text, E_MANIFEST_VALUE);
    check_line(FORMAT, "gitdns registry 2", E_MANIFEST_FORMAT);
    check_line(FORMAT, "gitdns registry 10", E_MANIFEST_FORMAT);
    check_line(FORMAT, "gitdns registry 1 ", E_MANIFEST_FORMAT);
    check_line(FORMAT, "gitdns registry 1\r", E_MANIFEST_FORMAT);
    check_line(FORMAT, "<!DOCTYPE html>", E_MANIFEST_FORMAT);
    check_line(FORMAT, "", E_MANIFEST_FORMAT);
    check_line(SERIAL, "Serial 42", E_MANIFEST_FIELD);
    check_line(SERIAL, "serial", E_MANIFEST_FIELD);
    check_line(SERIAL, "serial\t42", E_MANIFEST_FIELD);
    check_line(SERIAL, " serial 42", E_MANIFEST_FIELD);
    check_line(SERIAL, "serials 42", E_MANIFEST_FIELD);
    check_line(DELTA, "delta 42 1 " HASH_A, E_MANIFEST_DELTA);
    check_line(DELTA_2, "delta 41 1 " HASH_A, E_MANIFEST_DELTA);
    check_line(DELTA_2, "delta 42 1 " HASH_A, E_MANIFEST_DELTA);
}

static void test_good_values(void **state)
{
    static const struct {
        unsigned line;
        const char *text;
    } good[] = {
        {NAME, "name a"},
        {NAME, "name aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
        {SERIAL, "serial 999999999"},
        {PARENT, "parent none"},
        {PARENT, "parent 1 " HASH_A},
        {EXPIRES, "expires 2026-11-16T00:00:01Z"},
        {EXPIRES, "expires 9999-12-31T23:59:59Z"},
        {CREATED, "created 1970-01-01T00:00:00Z"},
        {NAMES, "names 1"},
        {NAMES, "names 9223372036854775807"},
        {TEXT, "text 9223372036854775807 " HASH_A},
        {DELTA_2, "delta 1 1 " HASH_A},
        {DELTA_2, "delta 40 1 " HASH_A},
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        check_line(good[i].line, good[i].text, 0);
}

static void test_times(void **state)
{
    static const char *const bad[] = {
        "2026-02-30T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T23:60:00Z",
        "2026-01-01T23:59:60Z",
        "2026-01-01T23:59:61Z",
        "1969-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        "-999-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00z",
        "2026-01-01t00:00:00Z",
        "2026-01-01 00:00:00Z",
        "2026-1-01T00:00:00ZZ",
        "2026-01-01T0:00:000Z",
        " 2026-01-01T00:00:0Z",
        "2026-01-01T00:00: 0Z",
        "2026-01- 1T00:00:00Z",
        "2026-01-01T00:00:00Z ",
        "2026-01-01T00:00:00+00:00",
        "+2026-01-01T00:00:0Z",
        "",
    };
    char line[64];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(line, sizeof line, "created %s", bad[i]);
        check_line(CREATED, line, E_MANIFEST_VALUE);
    }
    check_line(CREATED, "created 2024-02-29T23:59:59Z", 0);
}

static void test_timestamp_format(void **state)
{
    char out[TIMESTAMP_OCTETS];

    (void)state;
    timestamp_format(0, out);
    assert_string_equal(out, "1970-01-01T00:00:00Z");
    timestamp_format(253402300799, out);
    assert_string_equal(out, "9999-12-31T23:59:59Z");
    timestamp_format(253402300800, out);
    assert_string_equal(out, "0000-00-00T00:00:00Z");
    timestamp_format(INT64_MAX, out);
    assert_string_equal(out, "0000-00-00T00:00:00Z");
    timestamp_format(INT64_MIN, out);
    assert_string_equal(out, "0000-00-00T00:00:00Z");
}

static void test_serial(void **state)
{
    static const char *const bad[] = {"",   "0",  "00",  "01",         "-1",         "+1",
                                      "1 ", " 1", "1\n", "1000000000", "4294967297", "1a"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(serial_parse(bad[i], strlen(bad[i])), 0);
    assert_int_equal(serial_parse("1", 1), 1);
    assert_int_equal(serial_parse("999999999", 9), 999999999);
    assert_int_equal(serial_parse("12", 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_values), cmocka_unit_test(test_good_values),
        cmocka_unit_test(test_times),      cmocka_unit_test(test_timestamp_format),
        cmocka_unit_test(test_serial),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
