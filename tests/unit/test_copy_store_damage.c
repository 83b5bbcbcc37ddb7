/* A damaged store: no read leads out of it, and whoever verifies it sees that it is damaged. */
#include "base/error.h"
#include "copy/copy.h"
#include "copy/store_verify.h"
#include "registry/name.h"
#include "tests/unit/store_lab.h"

/* Whatever is left of the text must be the text's, and whoever verifies must see that it is not
 * all. */
static void check_damaged(const char *octets, size_t len, const struct manifest *manifest)
{
    struct record_copy copy;
    struct record record;
    struct store store;
    int code;

    if (map(&store, octets, len) < 0)
        return;
    walk(&store, &code);
    assert_true(code == 0 || code == E_STORE_DAMAGED);
    if (store_verify_text(&store, manifest) == 0) {
        assert_int_equal(store_find(&store, "example.com", 11, &copy, &record), 1);
        assert_int_equal(store_find(&store, "six.example.org", 15, &copy, &record), 1);
    }
    store_find(&store, "www.example.com", 15, &copy, &record);
    for (uint32_t random = 0; random < 256 * 4; random += 51)
        if (store_pick(&store, random, &copy, &record) == 1)
            assert_true(record.name_len <= NAME_MAX_OCTETS);
    store_unmap(&store);
}

/* The octets of a whole store and its manifest; the caller frees. */
static char *good_store(size_t *len, struct manifest *manifest)
{
    scratch_manifest(TEXT, manifest);
    scratch_store(&scratch, TEXT, DEADLINE);
    return scratch_read(&scratch, STORE_FILE, len);
}

static void test_damage(void **state)
{
    struct manifest manifest;
    struct store store;
    size_t len;
    char *octets;

    (void)state;
    octets = good_store(&len, &manifest);
    for (size_t n = 0; n < len; n++) {
        check_damaged(octets, n, &manifest);
        if (map(&store, octets, n) == 0) {
            assert_true(store_verify_text(&store, &manifest) < 0);
            store_unmap(&store);
        }
    }
    for (size_t i = 0; i < len; i++)
        for (int bit = 0; bit < 8; bit++) {
            octets[i] ^= (char)(1 << bit);
            check_damaged(octets, len, &manifest);
            octets[i] ^= (char)(1 << bit);
        }
    free(octets);
}

/* Lengths in a record that lead out of the file, to its end, or around and back. */
static void test_wild_lengths(void **state)
{
    static const uint32_t wild[] = {0,          1,          2,          254,        2048,
                                    0x7fffffff, 0x80000000, 0xfffff000, 0xfffff7f8, 0xfffffff0,
                                    0xfffffff7, 0xfffffff8, 0xfffffffe, 0xffffffff};
    enum { COUNT = sizeof wild / sizeof *wild };
    struct manifest manifest;
    size_t len;
    char *octets;

    (void)state;
    octets = good_store(&len, &manifest);
    for (size_t at = 2048; at + 8 <= len; at++)
        for (size_t i = 0; i < COUNT * COUNT; i++) {
            char kept[8];

            memcpy(kept, octets + at, 8);
            cdb_pack(wild[i / COUNT], (unsigned char *)octets + at);
            cdb_pack(wild[i % COUNT], (unsigned char *)octets + at + 4);
            if (at == 2048 || i % 16 == at % 16)
                check_damaged(octets, len, &manifest);
            memcpy(octets + at, kept, 8);
        }
    free(octets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_wild_lengths),
    };

    return cmocka_run_group_tests(tests, set_up_scratch, tear_down_scratch);
}
