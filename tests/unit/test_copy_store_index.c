/* Whether an index leads to each of its records is found out, however many are looked up together.
 */
#include "base/error.h"
#include "copy/copy.h"
#include "copy/store_index.h"
#include "tests/unit/store_lab.h"

enum { PAIRS = 200, NAMES = 2 * PAIRS };

/* "ap" and "g6" have the same hash, whatever follows. */
static char *make_store(size_t *len)
{
    static const char *const first[] = {"ap", "g6"};
    char *text = malloc(NAMES * 40);
    size_t octets = 0;

    assert_non_null(text);
    for (unsigned i = 0; i < NAMES; i++)
        octets += (size_t)sprintf(text + octets, "%s%03u.example.com 8.8.8.8\n", first[i / PAIRS],
                                  i % PAIRS);
    scratch_store(&scratch, text, DEADLINE);
    free(text);
    return scratch_read(&scratch, STORE_FILE, len);
}

/* `names`: so many are expected. */
static int check(const char *octets, size_t len, uint64_t names)
{
    struct store_index_check *check;
    unsigned position = 0;
    struct record_copy copy;
    struct record record;
    struct store store;
    int r = 0;

    assert_int_equal(map(&store, octets, len), 0);
    assert_int_equal(store_index_check_open(&check, &store, names), 0);
    while (r == 0 && store_next(&store, &position, &copy, &record) == 1)
        r = store_index_check_add(check, &record, copy.at);
    if (r == 0)
        r = store_index_check_end(check);
    store_index_check_close(check);
    store_unmap(&store);
    return r;
}

static void test_good(void **state)
{
    size_t len;
    char *octets = make_store(&len);

    (void)state;
    for (uint64_t names = 0; names < 4; names++)
        assert_int_equal(check(octets, len, names), 0);
    assert_int_equal(check(octets, len, NAMES), 0);
    assert_int_equal(check(octets, len, UINT64_MAX), 0);
    free(octets);
}

/* The slots of all tables follow each other to the end. */
static void test_each_slot(void **state)
{
    size_t len;
    char *octets = make_store(&len);
    unsigned char *slot = (unsigned char *)octets + cdb_unpack((unsigned char *)octets);
    unsigned seen = 0;

    (void)state;
    for (; slot < (unsigned char *)octets + len; slot += 8) {
        uint32_t hash = cdb_unpack(slot), position = cdb_unpack(slot + 4);

        if (position == 0 || cdb_unpack((unsigned char *)octets + position) == 1)
            continue; /* free, or no name's */
        seen++;
        cdb_pack(0, slot + 4);
        assert_int_equal(check(octets, len, seen % 5), E_STORE_DAMAGED);
        cdb_pack(position + 1, slot + 4);
        assert_int_equal(check(octets, len, NAMES), E_STORE_DAMAGED);
        cdb_pack((uint32_t)len - 4, slot + 4);
        assert_int_equal(check(octets, len, NAMES), E_STORE_DAMAGED);
        cdb_pack(position, slot + 4);
        cdb_pack(hash ^ 1u << 31, slot);
        assert_int_equal(check(octets, len, NAMES), E_STORE_DAMAGED);
        cdb_pack(hash, slot);
    }
    assert_int_equal(seen, NAMES);
    free(octets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_good),
                                       cmocka_unit_test(test_each_slot)};

    return cmocka_run_group_tests(tests, set_up_scratch, tear_down_scratch);
}
