/* The guards' thresholds, and the count of addresses that they rest on. */
#include "publish/guards.h"
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct records *make(void)
{
    struct records *records = NULL;

    assert_int_equal(records_new(&records), 0);
    return records;
}

static void add(struct records *records, unsigned name, unsigned address, size_t octets)
{
    unsigned char octet[16] = {8, 0, (unsigned char)(address >> 8), (unsigned char)address, 1};
    char text[32];
    int len = sprintf(text, "n%u.example.net", name);

    assert_int_equal(records_add(records, text, (size_t)len, octet, octets), 0);
}

/* `heavy` of `names` stand at one address, the others each at their own. */
static void share_of(struct shares *shares, unsigned names, unsigned heavy)
{
    struct records *records = make();

    for (unsigned i = 0; i < names; i++)
        add(records, i, i < heavy ? 0 : i + 1, 4);
    records_sort(records);
    memset(shares, 0, sizeof *shares);
    shares_find(shares, records, guard_points(names));
    records_free(records);
}

/* The guard's word when `before` of `last_names` and now `heavy` of `names` stand at one address.
 */
static int judge(unsigned last_names, unsigned before, unsigned names, unsigned heavy)
{
    struct manifest last = {.serial = 7, .names = last_names};
    static struct shares shares;
    struct problem problem;

    share_of(&shares, names, heavy);
    for (size_t i = 0; i < shares.count; i++)
        if (memcmp(shares.share[i].address, "\x08\0\0\0", 4) == 0)
            shares.share[i].before = before;
    return guard_change(names, &last, 0, &shares, &problem);
}

static void test_names(void **state)
{
    struct problem problem;

    (void)state;
    assert_int_equal(guard_names(1, "hosts", &problem), 0);
    assert_int_equal(guard_names(0, "hosts", &problem), E_GUARD_NO_NAMES);
}

static void test_fewer(void **state)
{
    (void)state;
    assert_int_equal(judge(1000, 0, 900, 0), 0);
    assert_int_equal(judge(1000, 0, 899, 0), E_GUARD_FEWER);
    assert_int_equal(judge(37, 0, 34, 0), 0);
    assert_int_equal(judge(37, 0, 33, 0), E_GUARD_FEWER);
    assert_int_equal(judge(37, 0, 8, 0), E_GUARD_FEWER);
    assert_int_equal(judge(1, 1, 1, 1), 0);
}

/* What was taken out on purpose counts neither before nor now. */
static void test_dropped(void **state)
{
    const struct shares shares = {.count = 0};
    struct manifest last = {.serial = 7, .names = 100};
    struct problem problem;

    (void)state;
    assert_int_equal(guard_change(60, &last, 0, &shares, &problem), E_GUARD_FEWER);
    assert_int_equal(guard_change(60, &last, 39, &shares, &problem), 0);
    assert_int_equal(guard_change(54, &last, 40, &shares, &problem), 0);
    assert_int_equal(guard_change(53, &last, 40, &shares, &problem), E_GUARD_FEWER);
    assert_string_equal(problem.text,
                        "53 names, fewer than 90 % of the 60 of serial 7 that the list "
                        "still has; if that is meant, see --force");
    assert_int_equal(guard_change(1, &last, 100, &shares, &problem), 0);
    assert_true(guard_stands(E_GUARD_FEWER));
    assert_false(guard_stands(E_GUARD_FAILED));
}

static void test_share_small(void **state)
{
    (void)state;
    assert_int_equal(judge(100, 0, 100, 50), 0);
    assert_int_equal(judge(100, 0, 100, 51), E_GUARD_SHARE);
    assert_int_equal(judge(100, 30, 100, 80), 0);
    assert_int_equal(judge(100, 30, 100, 81), E_GUARD_SHARE);
    assert_int_equal(judge(100, 50, 100, 100), 0);
    assert_int_equal(judge(999, 0, 999, 499), 0);
    assert_int_equal(judge(999, 0, 999, 500), E_GUARD_SHARE);
    assert_int_equal(judge(1, 0, 1, 1), E_GUARD_SHARE);
    assert_int_equal(judge(4, 1, 4, 3), 0);
}

static void test_share_large(void **state)
{
    (void)state;
    assert_int_equal(judge(1000, 0, 1000, 100), 0);
    assert_int_equal(judge(1000, 0, 1000, 101), E_GUARD_SHARE);
    assert_int_equal(judge(1000, 900, 1000, 1000), 0);
    assert_int_equal(judge(1000, 899, 1000, 1000), E_GUARD_SHARE);
    assert_int_equal(judge(2000, 400, 1800, 540), 0);
    assert_int_equal(judge(2000, 400, 1800, 541), E_GUARD_SHARE);
}

#ifdef __SIZEOF_INT128__
static uint64_t some(uint64_t max)
{
    return ((uint64_t)random() << 31 | (uint64_t)random()) % max + 1;
}

/* As in whole numbers of 128 bits, also of registries larger than any. */
static void test_no_rounding(void **state)
{
    struct problem problem;

    (void)state;
    srandom(4);
    for (int round = 0; round < 100000; round++) {
        uint64_t most = round % 2 ? 100 : UINT64_C(1) << 40, names = some(most), now = some(names);
        struct manifest last = {.serial = 7, .names = round % 3 ? names : some(most)};
        uint64_t before = some(last.names);
        struct shares shares = {.count = 1,
                                .share[0] = {.octets = 4, .now = now, .before = before}};
        unsigned points = guard_points(names);
        bool fewer = (__int128)names * 100 < (__int128)last.names * 90;
        bool grew = ((__int128)now * last.names - (__int128)before * names) * 100 >
                    (__int128)points * names * last.names;

        assert_int_equal(guard_change(names, &last, 0, &shares, &problem), fewer  ? E_GUARD_FEWER
                                                                           : grew ? E_GUARD_SHARE
                                                                                  : 0);
    }
}
#endif

/* Every address above the share is found with its true count, also at the worst: 64 addresses a
 * name, and shares just above the tenth. */
static void test_find(void **state)
{
    static struct shares shares;

    (void)state;
    srandom(3);
    for (int round = 0; round < 40; round++) {
        unsigned names = 30 + (unsigned)random() % 60, count[700] = {0};
        unsigned pool = round % 2 ? 640 : 64 + (unsigned)random() % 600;
        struct records *records = make();

        for (unsigned n = 0; n < names; n++) {
            for (unsigned i = 0; i < ADDRESSES_MAX; i++) {
                unsigned address = (n * ADDRESSES_MAX + i) % pool;

                count[address]++;
                add(records, n, address, address % 3 == 0 ? 16 : 4);
            }
        }
        records_sort(records);
        shares_find(&shares, records, 10);
        for (unsigned a = 0; a < pool; a++) {
            bool found = false;

            for (size_t i = 0; i < shares.count; i++) {
                const struct share *share = &shares.share[i];

                if (share->address[2] == a >> 8 && share->address[3] == (a & 255)) {
                    found = true;
                    assert_int_equal(share->now, count[a]);
                }
            }
            assert_true(found || count[a] * 10 <= names);
        }
        records_free(records);
    }
}

/* One address that is just heavy enough comes first, and then as many others as there can be. */
static void test_find_at_worst(void **state)
{
    struct records *records = make();
    static struct shares shares;
    bool found = false;

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        add(records, 1000 + i, i < 101 ? 0 : i, 4);
    for (unsigned i = 0; i < 90; i++)
        add(records, 1200 + i, 1000 + i, 4);
    records_sort(records);
    shares_find(&shares, records, 10);
    for (size_t i = 0; i < shares.count; i++)
        found = found || (memcmp(shares.share[i].address, "\x08\0\0\0", 4) == 0 &&
                          shares.share[i].now == 101);
    assert_true(found);
    records_free(records);
}

static void test_failed(void **state)
{
    static const struct {
        uint64_t failed, names;
        bool fine;
    } cases[] = {{0, 0, true},    {1, 1, true},     {1, 10, true},    {2, 10, false},
                 {2, 11, true},   {2, 5, false},    {10, 100, true},  {11, 100, false},
                 {11, 101, true}, {12, 101, false}, {363, 600, false}};
    struct problem problem;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(guard_failed(cases[i].failed, cases[i].names, "list", &problem),
                         cases[i].fine ? 0 : E_GUARD_FAILED);
    assert_string_equal(problem.text, "list: no answer that says anything for 363 of 600 names, "
                                      "more than one in 10; see --force");
}

static void test_count_before(void **state)
{
    static struct shares shares;
    struct record record = {
        .ipv4 = (const unsigned char *)"\x08\0\0\0\x08\x08\x08\x08", .n4 = 2, .n6 = 0};

    (void)state;
    share_of(&shares, 10, 8);
    shares_count_before(&shares, &record);
    shares_count_before(&shares, &record);
    for (size_t i = 0; i < shares.count; i++)
        assert_int_equal(shares.share[i].before,
                         memcmp(shares.share[i].address, "\x08\0\0\0", 4) == 0 ? 2 : 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),        cmocka_unit_test(test_fewer),
        cmocka_unit_test(test_dropped),      cmocka_unit_test(test_share_small),
        cmocka_unit_test(test_share_large),

#ifdef __SIZEOF_INT128__
        cmocka_unit_test(test_no_rounding),
#endif
        cmocka_unit_test(test_find),         cmocka_unit_test(test_find_at_worst),
        cmocka_unit_test(test_count_before), cmocka_unit_test(test_failed),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
