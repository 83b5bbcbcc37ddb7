/* A manifest as a whole: which lines it has, in which order, and where it ends. */
#include "base/base.h"
#include "tests/unit/manifest_lab.h"

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
        cmocka_unit_test(test_example),      cmocka_unit_test(test_first_serial),
        cmocka_unit_test(test_missing),      cmocka_unit_test(test_twice),
        cmocka_unit_test(test_out_of_place), cmocka_unit_test(test_trailing),
        cmocka_unit_test(test_truncations),  cmocka_unit_test(test_nul_octets),
        cmocka_unit_test(test_longest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
