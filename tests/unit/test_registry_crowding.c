/* Names that crowd together in a cdb's hash tables, and names that do not. It is included whole for
 * its count of one table. */
#include "registry/crowding.c"
#include <cdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void add(struct crowding *crowding, uint32_t hash)
{
    assert_int_equal(crowding_add(crowding, hash), 0);
}

/* Returns crowding_check's, and starts again. */
static int check(struct crowding *crowding)
{
    int r = crowding_check(crowding);

    crowding_free(crowding);
    return r;
}

static void test_names_as_people_give_them(void **state)
{
    static const char *const patterns[] = {"n%u.example.org", "host-%06u.dc1.internal", "%u.com",
                                           "%08x.example.net", "www.example%u"};
    struct crowding crowding = {0};
    char name[64];

    (void)state;
    assert_int_equal(check(&crowding), 0);
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        for (unsigned count = 1; count <= 1000000; count *= 10) {
            for (unsigned n = 0; n < count; n++) {
                int len = snprintf(name, sizeof name, patterns[i], n);

                add(&crowding, cdb_hash(name, (unsigned)len));
            }
            assert_int_equal(check(&crowding), 0);
        }
    }
}

static void test_same_hash(void **state)
{
    struct crowding crowding = {0};

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        add(&crowding, 5381);
    assert_int_equal(check(&crowding), 0);
    for (unsigned i = 0; i < 2000; i++)
        add(&crowding, 5381);
    assert_int_equal(check(&crowding), E_STORE_CROWDED);
    /* Among others, of which each may be passed by some. */
    for (unsigned i = 0; i < 200000; i++)
        add(&crowding, i < 7000 ? 5381 : i * 2654435761u);
    assert_int_equal(check(&crowding), E_STORE_CROWDED);
    /* More than are counted. */
    for (unsigned i = 0; i < 70000; i++)
        add(&crowding, 0xffffffff);
    assert_int_equal(check(&crowding), E_STORE_CROWDED);
}

/* No two are the same, and no table has more than its share. */
static void test_same_slot(void **state)
{
    enum { NAMES = 512 };
    struct crowding crowding = {0};

    (void)state;
    for (uint32_t i = 0; i < NAMES; i++)
        for (uint32_t table = 0; table < TABLES; table++)
            add(&crowding, (i * 2 * NAMES + 7) * TABLES + table);
    assert_int_equal(check(&crowding), E_STORE_CROWDED);
}

/* As cdb_make_finish: each takes the first free slot from its own on. */
static uint64_t passed_by_hand(const uint16_t *wanted, size_t slots)
{
    char taken[64] = {0};
    uint64_t passed = 0;

    for (size_t i = 0; i < slots; i++) {
        for (unsigned n = 0; n < wanted[i]; n++) {
            size_t at = i;

            for (; taken[at]; at = (at + 1) % slots)
                passed++;
            taken[at] = 1;
        }
    }
    return passed;
}

static void test_count(void **state)
{
    uint16_t wanted[64];

    (void)state;
    assert_int_equal(passed_in_table(wanted, 0), 0);
    srand(1);
    for (unsigned round = 0; round < 100000; round++) {
        size_t names = 1 + (size_t)rand() % 32;

        memset(wanted, 0, sizeof wanted);
        for (size_t i = 0; i < names; i++)
            wanted[(size_t)rand() % (round % 2 ? 2 * names : names) + (round % 2 ? 0 : names)]++;
        assert_int_equal(passed_in_table(wanted, 2 * names), passed_by_hand(wanted, 2 * names));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_as_people_give_them),
        cmocka_unit_test(test_same_hash),
        cmocka_unit_test(test_same_slot),
        cmocka_unit_test(test_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
