#include "registry/error.h"
#include "registry/manifest.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HASH_A "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HASH_B "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

enum {
    FORMAT,
    NAME,
    SERIAL,
    PARENT,
    CREATED,
    EXPIRES,
    NAMES,
    TEXT,
    SNAPSHOT,
    DELTA,
    DELTA_2,
    LINES
};

static const char *const example[LINES] = {
    "gitdns registry 1",
    "name top-sites",
    "serial 42",
    "parent 41 " HASH_A,
    "created 2026-11-16T00:00:00Z",
    "expires 2027-01-15T00:00:00Z",
    "names 1000000",
    "text 31457280 " HASH_B,
    "snapshot 9437184 " HASH_A,
    "delta 41 123456 " HASH_B,
    "delta 39 234567 " HASH_A,
};

static size_t join(const char *const *lines, unsigned count, char *text)
{
    size_t len = 0;

    for (unsigned i = 0; i < count; i++)
        len += (size_t)sprintf(text + len, "%s\n", lines[i]);
    return len;
}

static void check(const char *text, size_t len, int want, unsigned want_line)
{
    struct manifest manifest;
    unsigned line = 0;
    int got = manifest_parse(text, len, &manifest, &line);

    if (got != want || (want < 0 && line != want_line))
        fail_msg("%s on line %u, not %s on line %u, of:\n%.*s", error_text(got), line,
                 error_text(want), want_line, (int)len, text);
}

/* The example with one of its lines replaced. */
static void check_line(unsigned index, const char *line, int want)
{
    const char *lines[LINES];
    char text[4096];

    memcpy(lines, example, sizeof lines);
    lines[index] = line;
    check(text, join(lines, LINES, text), want, index + 1);
}

static void test_example(void **state)
{
    char text[4096], again[MANIFEST_MAX_OCTETS];
    size_t len = join(example, LINES, text);
    struct manifest m;
    unsigned line;

    (void)state;
    assert_int_equal(manifest_parse(text, len, &m, &line), 0);
    assert_string_equal(m.name, "top-sites");
    assert_int_equal(m.serial, 42);
    assert_int_equal(m.parent, 41);
    assert_memory_equal(m.parent_sha256, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
    assert_int_equal(m.created, 1794787200);
    assert_int_equal(m.expires, 1799971200);
    assert_int_equal(m.names, 1000000);
    assert_int_equal(m.text_octets, 31457280);
    assert_memory_equal(m.text_sha256, "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14", 8);
    assert_int_equal(m.snapshot_octets, 9437184);
    assert_memory_equal(m.snapshot_sha256 + 24, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
    assert_int_equal(m.deltas, 2);
    assert_int_equal(m.delta[0].base, 41);
    assert_int_equal(m.delta[0].octets, 123456);
    assert_memory_equal(m.delta[0].sha256, m.text_sha256, SHA256_OCTETS);
    assert_int_equal(m.delta[1].base, 39);
    assert_int_equal(manifest_format(&m, again), len);
    assert_memory_equal(again, text, len);
}

static void test_first_serial(void **state)
{
    const char *lines[LINES];
    char text[4096], again[MANIFEST_MAX_OCTETS];
    struct manifest m;
    unsigned line;
    size_t len;

    (void)state;
    memcpy(lines, example, sizeof lines);
    lines[SERIAL] = "serial 1";
    lines[PARENT] = "parent none";
    len = join(lines, DELTA, text);
    assert_int_equal(manifest_parse(text, len, &m, &line), 0);
    assert_int_equal(m.parent, 0);
    assert_int_equal(m.deltas, 0);
    assert_int_equal(manifest_format(&m, again), len);
    assert_memory_equal(again, text, len);
}

static int field_error(unsigned line)
{
    return line == FORMAT  ? E_MANIFEST_FORMAT
           : line >= DELTA ? E_MANIFEST_TRAILING
                           : E_MANIFEST_FIELD;
}

static void test_missing(void **state)
{
    (void)state;
    for (unsigned left_out = 0; left_out < DELTA; left_out++) {
        const char *lines[LINES];
        char text[4096];

        memcpy(lines, example, sizeof lines);
        memmove(lines + left_out, lines + left_out + 1, (LINES - 1 - left_out) * sizeof *lines);
        check(text, join(lines, LINES - 1, text), field_error(left_out), left_out + 1);
    }
}

static void test_twice(void **state)
{
    (void)state;
    for (unsigned twice = 0; twice < LINES; twice++) {
        const char *lines[LINES + 1];
        char text[4096];

        memcpy(lines, example, sizeof example);
        memmove(lines + twice + 1, lines + twice, (LINES - twice) * sizeof *lines);
        check(text, join(lines, LINES + 1, text),
              twice >= DELTA ? E_MANIFEST_DELTA : field_error(twice + 1), twice + 2);
    }
}

static void test_out_of_place(void **state)
{
    (void)state;
    for (unsigned i = 0; i + 1 < LINES; i++) {
        const char *lines[LINES];
        char text[4096];
        int want = i == DELTA ? E_MANIFEST_DELTA : field_error(i);

        memcpy(lines, example, sizeof lines);
        lines[i] = example[i + 1];
        lines[i + 1] = example[i];
        check(text, join(lines, LINES, text), want, i == DELTA ? i + 2 : i + 1);
    }
}

static void test_trailing(void **state)
{
    static const char *const more[] = {
        "\n", " ", "x", "signed by\n", "delta\n", "delta 1 1 " HASH_A, "snapshot 1 " HASH_A "\n"};
    char text[4096];

    (void)state;
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        size_t len = join(example, LINES, text);

        len += (size_t)sprintf(text + len, "%s", more[i]);
        check(text, len, E_MANIFEST_TRAILING, LINES + 1);
    }
    check(text, join(example, LINES, text) + 1, E_MANIFEST_TRAILING, LINES + 1);
}

/* Whatever is cut off is missed, but for whole delta lines. */
static void test_truncations(void **state)
{
    char text[4096], ends[4096];
    size_t len = join(example, LINES, text), snapshot = join(example, DELTA, ends);
    size_t delta = join(example, DELTA_2, ends);
    struct manifest manifest;
    unsigned line;

    (void)state;
    for (size_t n = 0; n < len; n++)
        if (n == snapshot || n == delta)
            assert_int_equal(manifest_parse(text, n, &manifest, &line), 0);
        else
            assert_true(manifest_parse(text, n, &manifest, &line) < 0);
}

static void test_bad_values(void **state)
{
    static const struct {
        unsigned line;
        const char *text;
    } bad[] = {
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

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_line(bad[i].line, bad[i].text, E_MANIFEST_VALUE);
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

static void test_nul_octets(void **state)
{
    char text[4096];
    size_t len = join(example, LINES, text);

    (void)state;
    for (size_t i = 0; i < len; i++) {
        char kept = text[i];
        struct manifest manifest;
        unsigned line;

        text[i] = '\0';
        assert_true(manifest_parse(text, len, &manifest, &line) < 0);
        text[i] = kept;
    }
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

static void test_longest(void **state)
{
    struct manifest m = {.name = "a", .serial = SERIAL_MAX, .created = 1, .expires = 2, .names = 1};
    static char text[MANIFEST_MAX_OCTETS + 1], again[MANIFEST_MAX_OCTETS];
    struct manifest parsed;
    unsigned line;
    int len = 0, longest;

    (void)state;
    m.text_octets = m.snapshot_octets = 1;
    for (; m.deltas < MANIFEST_DELTAS_MAX && len >= 0; m.deltas++) {
        m.delta[m.deltas] =
            (struct manifest_delta){.base = SERIAL_MAX - 1 - m.deltas, .octets = INT64_MAX};
        longest = len;
        m.deltas++;
        len = manifest_format(&m, text);
        m.deltas--;
    }
    assert_int_equal(len, E_MANIFEST_LONG);
    assert_true(longest > MANIFEST_MAX_OCTETS - 128);
    m.deltas -= 2;
    len = manifest_format(&m, text);
    assert_true(len > 0);
    /* Filled up to the last octet with a longer name, and one octet more. */
    memset(m.name, 'a', REGISTRY_NAME_MAX);
    while ((len = manifest_format(&m, text)) == E_MANIFEST_LONG)
        m.name[strlen(m.name) - 1] = '\0';
    assert_int_equal(manifest_parse(text, (size_t)len, &parsed, &line), 0);
    assert_int_equal(parsed.deltas, m.deltas);
    assert_int_equal(manifest_format(&parsed, again), len);
    assert_memory_equal(again, text, (size_t)len);
    assert_int_equal(manifest_parse(text, MANIFEST_MAX_OCTETS + 1, &parsed, &line),
                     E_MANIFEST_LONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example),          cmocka_unit_test(test_first_serial),
        cmocka_unit_test(test_missing),          cmocka_unit_test(test_twice),
        cmocka_unit_test(test_out_of_place),     cmocka_unit_test(test_trailing),
        cmocka_unit_test(test_truncations),      cmocka_unit_test(test_bad_values),
        cmocka_unit_test(test_good_values),      cmocka_unit_test(test_times),
        cmocka_unit_test(test_timestamp_format), cmocka_unit_test(test_nul_octets),
        cmocka_unit_test(test_serial),           cmocka_unit_test(test_longest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
