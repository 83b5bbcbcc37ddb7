#include "base/error.h"
#include "registry/record.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const unsigned char ipv4[ADDRESSES_MAX * 4] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
static const unsigned char ipv6[ADDRESSES_MAX * 16] = {0x20, 1, 2, 3, 4, 5, 6, 7, 8, 9};

/* Decodes a copy of exactly `len` octets, so that a sanitizer sees a read beyond them. */
static int decode(const unsigned char *value, size_t len, struct record *record)
{
    unsigned char *copy = malloc(len > 0 ? len : 1);
    int r;

    assert_non_null(copy);
    memcpy(copy, value, len);
    r = record_decode(copy, len, record);
    free(copy);
    return r;
}

static void round_trip(unsigned n4, unsigned n6, const char *cname)
{
    struct record in = {.name = "a.com",
                        .name_len = 5,
                        .ipv4 = n4 > 0 ? ipv4 : NULL,
                        .n4 = n4,
                        .ipv6 = n6 > 0 ? ipv6 : NULL,
                        .n6 = n6,
                        .cname = cname,
                        .cname_len = cname != NULL ? (unsigned)strlen(cname) : 0};
    unsigned char value[RECORD_VALUE_MAX];
    size_t len = record_encode(&in, value);
    struct record out = {.name = NULL};

    assert_int_equal(len, 2 + n4 * 4 + n6 * 16 + in.cname_len);
    assert_int_equal(record_decode(value, len, &out), 0);
    assert_null(out.name);
    assert_int_equal(out.n4, n4);
    assert_int_equal(out.n6, n6);
    assert_memory_equal(out.ipv4, ipv4, n4 * 4);
    assert_memory_equal(out.ipv6, ipv6, n6 * 16);
    assert_int_equal(out.cname != NULL, cname != NULL);
    assert_int_equal(out.cname_len, in.cname_len);
    if (cname != NULL)
        assert_memory_equal(out.cname, cname, in.cname_len);
}

static void test_round_trip(void **state)
{
    char longest[NAME_MAX_OCTETS + 1] = "";

    (void)state;
    for (int i = 0; i < NAME_MAX_OCTETS; i++)
        longest[i] = i % 64 == 63 ? '.' : 'x';
    for (unsigned n4 = 0; n4 <= ADDRESSES_MAX; n4++)
        for (unsigned n6 = n4 == 0; n4 + n6 <= ADDRESSES_MAX; n6++) {
            round_trip(n4, n6, NULL);
            round_trip(n4, n6, "b.net");
            round_trip(n4, n6, longest);
        }
}

static void test_layout(void **state)
{
    static const unsigned char want[] = "\x02\x01"
                                        "\x01\x02\x03\x04\x05\x06\x07\x08"
                                        "\x20\x01\x02\x03\x04\x05\x06\x07\x08\x09\0\0\0\0\0\0"
                                        "b.net";
    struct record record = {
        .ipv4 = ipv4, .n4 = 2, .ipv6 = ipv6, .n6 = 1, .cname = "b.net", .cname_len = 5};
    unsigned char value[RECORD_VALUE_MAX];

    (void)state;
    assert_int_equal(record_encode(&record, value), sizeof want - 1);
    assert_memory_equal(value, want, sizeof want - 1);
}

static void test_truncations(void **state)
{
    struct record in = {
        .ipv4 = ipv4, .n4 = 3, .ipv6 = ipv6, .n6 = 2, .cname = "b.c-d.net", .cname_len = 9};
    unsigned char value[RECORD_VALUE_MAX];
    size_t len = record_encode(&in, value), addresses = 2 + 3 * 4 + 2 * 16;
    struct record out;

    (void)state;
    for (size_t n = 0; n < addresses; n++)
        assert_int_equal(decode(value, n, &out), E_STORE_DAMAGED);
    for (size_t n = addresses; n <= len; n++) {
        /* What is left of the canonical name may be a name again, but not `b.` or `b.c-`. */
        bool name = n == addresses || (value[n - 1] != '.' && value[n - 1] != '-');

        assert_int_equal(decode(value, n, &out), name ? 0 : E_STORE_DAMAGED);
    }
}

static void test_counts(void **state)
{
    unsigned char value[2 + 510 * 16];
    struct record record;

    (void)state;
    memset(value, 'a', sizeof value);
    for (unsigned n4 = 0; n4 < 256; n4++)
        for (unsigned n6 = 0; n6 < 256; n6++) {
            size_t octets = 2 + n4 * 4 + n6 * 16;
            bool good = n4 + n6 >= 1 && n4 + n6 <= ADDRESSES_MAX;

            value[0] = (unsigned char)n4;
            value[1] = (unsigned char)n6;
            assert_int_equal(record_decode(value, octets, &record), good ? 0 : E_STORE_DAMAGED);
            if (good)
                assert_int_equal(record_decode(value, octets - 1, &record), E_STORE_DAMAGED);
        }
}

static void test_canonical_names(void **state)
{
    static const char *const bad[] = {"B.net", "b.net.", ".",       "b..net", "-b.net",
                                      "b net", "b.\xff", "8.8.8.8", "b.net\n"};
    unsigned char value[6 + 300] = {1, 0, 8, 8, 8, 8};
    struct record record;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        memcpy(value + 6, bad[i], strlen(bad[i]));
        assert_int_equal(decode(value, 6 + strlen(bad[i]), &record), E_STORE_DAMAGED);
    }
    memcpy(value + 6, "b\0c", 3);
    assert_int_equal(decode(value, 9, &record), E_STORE_DAMAGED);
    for (size_t i = 0; i < 300; i++)
        value[6 + i] = i % 64 == 63 ? '.' : 'x';
    assert_int_equal(decode(value, 6 + 253, &record), 0);
    assert_int_equal(decode(value, 6 + 254, &record), E_STORE_DAMAGED);
    assert_int_equal(decode(value, 6 + 300, &record), E_STORE_DAMAGED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),      cmocka_unit_test(test_layout),
        cmocka_unit_test(test_truncations),     cmocka_unit_test(test_counts),
        cmocka_unit_test(test_canonical_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
