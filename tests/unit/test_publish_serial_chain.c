/* The serials below the last one: what is wrong in them is found, and what of them goes. */
#include "base/error.h"
#include "minisign_lab.h"
#include "publish/serial_chain.h"
#include <errno.h>

#define LAST 10
#define FILE_OCTETS 128
#define DELTA_OCTETS sizeof "delta-4294967295.gz"

static struct tree tree;
static struct problem problem;
static struct serial_chain chain;
static const struct keys no_keys;

static const char *file_of(uint32_t serial, const char *name)
{
    static char file[FILE_OCTETS];

    snprintf(file, sizeof file, "%u/%s", serial, name);
    return file;
}

static bool is_there(uint32_t serial, const char *name)
{
    return faccessat(scratch.directory, file_of(serial, name), F_OK, 0) == 0;
}

static void remove_file(uint32_t serial, const char *name)
{
    assert_int_equal(unlinkat(scratch.directory, file_of(serial, name), 0), 0);
}

static void write_text(uint32_t serial, const char *name, const char *text)
{
    scratch_write(&scratch, file_of(serial, name), text, strlen(text));
}

/* A payload that holds its own name. */
static uint64_t put_payload(uint32_t serial, const char *name, unsigned char sha256[SHA256_OCTETS])
{
    const char *text = file_of(serial, name);

    scratch_write(&scratch, text, text, strlen(text));
    crypto_hash_sha256(sha256, (const unsigned char *)text, strlen(text));
    return strlen(text);
}

/* A serial with a snapshot, and deltas from its parent, whose manifest is `parent`, and from that
 * one's. */
static void put_serial(uint32_t serial, const struct published *parent, struct published *new)
{
    struct manifest manifest = {
        .name = "top-sites", .serial = serial, .created = serial, .expires = 100, .names = 1};
    char text[MANIFEST_MAX_OCTETS], delta[DELTA_OCTETS];

    manifest.text_octets = 1;
    assert_int_equal(mkdirat(scratch.directory, file_of(serial, ""), 0755), 0);
    manifest.snapshot_octets = put_payload(serial, "snapshot.gz", manifest.snapshot_sha256);
    if (parent != NULL) {
        manifest.parent = serial - 1;
        memcpy(manifest.parent_sha256, parent->sha256, SHA256_OCTETS);
        manifest.deltas = serial > 2 ? 2 : 1;
    }
    for (unsigned i = 0; i < manifest.deltas; i++) {
        manifest.delta[i].base = serial - 1 - i;
        snprintf(delta, sizeof delta, "delta-%u.gz", manifest.delta[i].base);
        manifest.delta[i].octets = put_payload(serial, delta, manifest.delta[i].sha256);
    }
    assert_true(manifest_format(&manifest, text) > 0);
    scratch_write(&scratch, file_of(serial, "manifest"), text,
                  (size_t)manifest_format(&manifest, text));
    assert_int_equal(published_read(&tree, serial, new, &problem), 0);
}

/* A tree of so many serials. */
static int plant(uint32_t last)
{
    static struct published serial[LAST + 1];

    tree = (struct tree){.path = "tree", .fd = scratch.directory};
    for (uint32_t i = 1; i <= last; i++)
        put_serial(i, i > 1 ? &serial[i - 1] : NULL, &serial[i]);
    tree.last = serial[last];
    return 0;
}

static int set_up_ten(void **state)
{
    set_up_scratch(state);
    return plant(LAST);
}

static int set_up_three(void **state)
{
    set_up_minisign(state);
    return plant(3);
}

static void expect_chain(unsigned count, const uint32_t *serial)
{
    assert_int_equal(serial_chain_check(&tree, &no_keys, &chain, &problem), 0);
    assert_int_equal(chain.count, count);
    assert_memory_equal(chain.serial, serial, count * sizeof *serial);
}

#define EXPECT_CHAIN(...)                                                                          \
    expect_chain(sizeof(uint32_t[]){__VA_ARGS__} / sizeof(uint32_t), (uint32_t[]){__VA_ARGS__})

static void expect_wrong(int code, const char *text)
{
    assert_int_equal(serial_chain_check(&tree, &no_keys, &chain, &problem), code);
    assert_string_equal(problem.text, text);
}

static void test_whole(void **state)
{
    (void)state;
    EXPECT_CHAIN(10, 9, 8, 7, 6, 5, 4, 3);
    /* What has been pruned is no error, but for the last serial's. */
    remove_file(7, "snapshot.gz");
    remove_file(9, "delta-8.gz");
    EXPECT_CHAIN(10, 9, 8, 6, 5, 4, 3, 2);
    remove_file(10, "delta-9.gz");
    expect_wrong(-ENOENT, "tree/10/delta-9.gz: No such file or directory");
}

static void test_empty(void **state)
{
    (void)state;
    tree.last = (struct published){.len = 0};
    assert_int_equal(serial_chain_check(&tree, &no_keys, &chain, &problem), 0);
    assert_int_equal(chain.count, 0);
}

static void test_parent(void **state)
{
    struct published other;
    char *text;
    size_t len;

    (void)state;
    /* Somebody may have tidied up. */
    remove_file(4, "manifest");
    EXPECT_CHAIN(10, 9, 8, 7, 6, 5);
    write_text(4, "manifest", "gitdns registry 1\n");
    expect_wrong(E_MANIFEST_FIELD, "tree/4/manifest:2: manifest field missing or out of place");
    text = scratch_read(&scratch, "5/manifest", &len);
    scratch_write(&scratch, "4/manifest", text, len);
    free(text);
    expect_wrong(E_TREE_DAMAGED, "tree/4/manifest: describes serial 5");
    /* Good in itself, but not what 5 was built on. */
    renameat(scratch.directory, "4", scratch.directory, "old");
    put_serial(4, NULL, &other);
    expect_wrong(E_HASH_WRONG, "tree/4/manifest: not the one that later serials are built on");
}

static void test_payloads(void **state)
{
    (void)state;
    write_text(3, "snapshot.gz", "3/snapshot.gy");
    expect_wrong(E_HASH_WRONG, "tree/3/snapshot.gz: SHA-256 differs from the manifest's");
    write_text(3, "snapshot.gz", "3/snapshot.g");
    expect_wrong(E_SIZE_WRONG, "tree/3/snapshot.gz: size differs from the manifest's");
    /* Beyond those that are kept nobody reads one. */
    write_text(3, "snapshot.gz", "3/snapshot.gz");
    write_text(2, "snapshot.gz", "");
    EXPECT_CHAIN(10, 9, 8, 7, 6, 5, 4, 3);
    write_text(2, "delta-1.gz", "");
    expect_wrong(E_SIZE_WRONG, "tree/2/delta-1.gz: size differs from the manifest's");
}

static void sign_serial(uint32_t serial, const char *key, const char *name)
{
    run("-S -s %s.key -m %u/manifest -x %u/manifest.minisig -t 'gitdns %s serial %u'", key, serial,
        serial, name, serial);
}

static void test_signatures(void **state)
{
    struct keys keys = {.count = 0};

    (void)state;
    need_minisign();
    add_public(&keys, "one.pub");
    sign_serial(1, "one", "top-sites");
    assert_int_equal(serial_chain_check(&tree, &keys, &chain, &problem), 0);
    /* By a key of earlier times. */
    sign_serial(2, "two", "top-sites");
    assert_int_equal(serial_chain_check(&tree, &keys, &chain, &problem), 0);
    sign_serial(2, "one", "other");
    assert_int_equal(serial_chain_check(&tree, &keys, &chain, &problem), E_SIGNATURE_COMMENT);
    write_text(2, "manifest.minisig", "");
    assert_int_equal(serial_chain_check(&tree, &keys, &chain, &problem), E_SIGNATURE_SYNTAX);
}

static void expect_kept(uint32_t snapshots_from, uint32_t deltas_from, uint32_t last)
{
    for (uint32_t serial = 1; serial <= last; serial++) {
        char delta[DELTA_OCTETS];

        snprintf(delta, sizeof delta, "delta-%u.gz", serial - 1);
        assert_true(is_there(serial, "manifest"));
        assert_int_equal(is_there(serial, "snapshot.gz"), serial >= snapshots_from);
        if (serial > 1)
            assert_int_equal(is_there(serial, delta), serial >= snapshots_from);
        snprintf(delta, sizeof delta, "delta-%u.gz", serial - 2);
        if (serial > 2)
            assert_int_equal(is_there(serial, delta), serial >= deltas_from);
    }
}

static void test_prune(void **state)
{
    struct published new;

    (void)state;
    EXPECT_CHAIN(10, 9, 8, 7, 6, 5, 4, 3);
    put_serial(11, &tree.last, &new);
    write_text(1, "manifest.minisig", "kept");
    write_text(11, "other", "kept");
    assert_int_equal(serial_chain_prune(&tree, &chain, &problem), 0);
    /* Eight with the new one, and what changed since the one before each; all deltas of the new one
     * and of the one before. */
    expect_kept(4, 10, 11);
    assert_true(is_there(1, "manifest.minisig") && is_there(11, "other"));
    /* What is done is done. */
    assert_int_equal(serial_chain_prune(&tree, &chain, &problem), 0);
    expect_kept(4, 10, 11);
}

static void test_prune_few(void **state)
{
    struct published new;

    (void)state;
    EXPECT_CHAIN(3, 2, 1);
    put_serial(4, &tree.last, &new);
    assert_int_equal(serial_chain_prune(&tree, &chain, &problem), 0);
    expect_kept(1, 3, 4);
}

#define TEST(test, set_up) cmocka_unit_test_setup_teardown(test, set_up, tear_down_scratch)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_whole, set_up_ten),        TEST(test_empty, set_up_three),
        TEST(test_parent, set_up_ten),       TEST(test_payloads, set_up_ten),
        TEST(test_signatures, set_up_three), TEST(test_prune, set_up_ten),
        TEST(test_prune_few, set_up_three),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
