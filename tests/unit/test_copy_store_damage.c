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

/* Where the record of a name begins: two lengths, then the name. */
static uint32_t position_of(const char *octets, size_t len, const char *name)
{
    const char *at = memmem(octets + 2048, len - 2048, name, strlen(name));

    assert_non_null(at);
    return (uint32_t)(at - octets) - 8;
}

/* The answer for a name whose hash table is one of `slots`, all taken, by records of another hash
 * or, `same`, of its own but for the one that is `at` behind where its search begins. */
static int find_in_full_table(const char *name, unsigned slots, unsigned at, bool same)
{
    struct manifest manifest;
    struct record_copy copy;
    struct record record;
    struct store store;
    size_t len;
    unsigned char *octets = (unsigned char *)good_store(&len, &manifest);
    unsigned hash = cdb_hash(name, (unsigned)strlen(name)), last = cdb_unpack(octets + 2044) * 8;
    uint32_t mine = position_of((char *)octets, len, name),
             other = position_of((char *)octets, len, "www.example.com");
    size_t whole = len + slots * 8 + last;
    unsigned char *slot;
    int r, value;

    octets = realloc(octets, whole);
    assert_non_null(octets);
    assert_int_not_equal(hash % 256, 255);
    memcpy(octets + len + slots * 8, octets + cdb_unpack(octets + 2040), last);
    cdb_pack((uint32_t)len + slots * 8, octets + 2040);
    cdb_pack((uint32_t)len, octets + hash % 256 * 8);
    cdb_pack(slots, octets + hash % 256 * 8 + 4);
    for (unsigned i = 0; i < slots; i++) {
        slot = octets + len + (hash / 256 + i) % slots * 8;
        cdb_pack(i == at || same ? hash : ~hash, slot);
        cdb_pack(i == at ? mine : other, slot + 4);
    }
    r = map(&store, octets, whole);
    assert_int_equal(r, 0);
    r = store_find(&store, name, strlen(name), &copy, &record);
    /* A policy is asked for each label. */
    value = store_value(&store, name, strlen(name), copy.value, sizeof copy.value);
    assert_int_equal(value > 0, r == 1 && at < 1024);
    store_unmap(&store);
    free(octets);
    return r;
}

/* A search ends, though nothing in the store ends it. */
static void test_no_free_slot(void **state)
{
    const unsigned few = 100, many = 1u << 20;

    (void)state;
    assert_int_equal(find_in_full_table("example.com", few, 99, false), 1);
    assert_int_equal(find_in_full_table("example.com", few, few, false), 0);
    assert_int_equal(find_in_full_table("example.com", many, 1000, false), 1);
    assert_int_equal(find_in_full_table("example.com", many, 50000, false), 1);
    assert_int_equal(find_in_full_table("example.com", many, many - 1, false), E_STORE_DAMAGED);
    assert_int_equal(find_in_full_table("example.com", many, many, false), E_STORE_DAMAGED);
    assert_int_equal(find_in_full_table("example.com", few, 99, true), 1);
    assert_int_equal(find_in_full_table("example.com", many, 2000, true), E_STORE_DAMAGED);
}

/* Who verifies looks at no more names than the manifest has. */
static void test_more_names(void **state)
{
    struct manifest manifest;
    struct store store;
    size_t len;
    char *octets = good_store(&len, &manifest);
    uint32_t behind = position_of(octets, len, "six.example.org");

    (void)state;
    cdb_pack(0, (unsigned char *)octets + behind);
    assert_int_equal(map(&store, octets, len), 0);
    assert_int_equal(store_verify_text(&store, &manifest), E_STORE_DAMAGED);
    manifest.names = 2;
    assert_int_equal(store_verify_text(&store, &manifest), E_NAMES_WRONG);
    store_unmap(&store);
    free(octets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_wild_lengths),
        cmocka_unit_test(test_no_free_slot),
        cmocka_unit_test(test_more_names),
    };

    return cmocka_run_group_tests(tests, set_up_scratch, tear_down_scratch);
}
