/* The store's writer: what it refuses to install, and what is left then. It is included whole, so
 * that its count of octets can be set near 4 GiB. */
#include "copy/copy.h"
#include "copy/store_write.c"
#include "tests/unit/store_lab.h"
#include <signal.h>
#include <sys/resource.h>

#define STORE_NEW STORE_FILE NEW

static const struct record b_com = {
    .name = "b.com", .name_len = 5, .n4 = 1, .ipv4 = (const unsigned char *)"\x08\x08\x08\x08"};

/* A store of that record alone, and of no manifest's text. */
static int open_writer(struct store_writer **writer, uint64_t names)
{
    static struct manifest manifest;
    static struct store_meta meta = {
        .manifest = &manifest, .manifest_text = "", .signature = "", .deadline = 1};

    scratch_manifest("b.com 8.8.8.8\n", &manifest);
    manifest.names = names;
    return store_writer_open(writer, scratch.directory, STORE_FILE, &meta);
}

/* What is there must be as it was, and nothing beside it. */
static void check_unchanged(const char *before, size_t before_len)
{
    size_t len;
    char *now = scratch_read(&scratch, STORE_FILE, &len);

    assert_int_equal(len, before_len);
    assert_memory_equal(now, before, len);
    assert_int_equal(access(scratch_path(&scratch, STORE_NEW), F_OK), -1);
    free(now);
}

static void test_refusals(void **state)
{
    static const char text[] = "b.com 8.8.8.8\nc.com 8.8.8.8\n";
    struct manifest good, m;
    size_t len;
    char *before;

    (void)state;
    scratch_store(&scratch, TEXT, DEADLINE);
    before = scratch_read(&scratch, STORE_FILE, &len);
    scratch_manifest(text, &good);
    m = good, m.names++;
    assert_int_equal(scratch_install(scratch.directory, text, &m, DEADLINE), E_NAMES_WRONG);
    check_unchanged(before, len);
    m = good, m.text_octets--;
    assert_int_equal(scratch_install(scratch.directory, text, &m, DEADLINE), E_SIZE_WRONG);
    check_unchanged(before, len);
    m = good, m.text_sha256[31] ^= 1;
    assert_int_equal(scratch_install(scratch.directory, text, &m, DEADLINE), E_HASH_WRONG);
    check_unchanged(before, len);
    assert_int_equal(
        scratch_install(scratch.directory, "b.com 8.8.8.8\nd.com 8.8.8.8\n", &good, DEADLINE),
        E_HASH_WRONG);
    check_unchanged(before, len);
    assert_int_equal(scratch_install(scratch.directory, "", &good, DEADLINE), E_NAMES_WRONG);
    check_unchanged(before, len);
    /* A deadline that the module could not read. */
    assert_int_equal(scratch_install(scratch.directory, text, &good, -1), E_STORE_CHECK);
    check_unchanged(before, len);
    assert_int_equal(scratch_install(scratch.directory, text, &good, DEADLINE), 0);
    free(before);
}

static void test_same_name_twice(void **state)
{
    char page[MANIFEST_MAX_OCTETS];
    struct manifest manifest;
    struct store_meta meta = {
        .manifest = &manifest, .manifest_text = page, .signature = "", .deadline = 1};
    struct store_writer *writer;

    (void)state;
    scratch_manifest("b.com 8.8.8.8\nb.com 8.8.8.8\n", &manifest);
    meta.manifest_len = (size_t)manifest_format(&manifest, page);
    assert_int_equal(store_writer_open(&writer, scratch.directory, STORE_FILE, &meta), 0);
    assert_int_equal(store_writer_add(writer, &b_com), 0);
    assert_int_equal(store_writer_add(writer, &b_com), 0);
    assert_int_equal(store_writer_names(writer), 2);
    assert_int_equal(store_writer_install(writer), E_STORE_CHECK);
    store_writer_close(writer);
}

static void test_leftovers(void **state)
{
    struct store_writer *writer;
    size_t len;
    char *before;

    (void)state;
    scratch_store(&scratch, TEXT, DEADLINE);
    before = scratch_read(&scratch, STORE_FILE, &len);
    /* Given up in the middle. */
    assert_int_equal(open_writer(&writer, 1), 0);
    store_writer_close(writer);
    check_unchanged(before, len);
    store_writer_close(NULL);
    /* Left by a killed process; a link of that name must not be followed. */
    scratch_write(&scratch, STORE_NEW, "rest", 4);
    scratch_store(&scratch, "b.com 8.8.8.8\n", DEADLINE);
    assert_int_equal(access(scratch_path(&scratch, STORE_NEW), F_OK), -1);
    scratch_write(&scratch, "precious", "octets", 6);
    assert_int_equal(symlinkat("precious", scratch.directory, STORE_NEW), 0);
    scratch_store(&scratch, TEXT, DEADLINE);
    check_unchanged(before, len);
    free(before);
    before = scratch_read(&scratch, "precious", &len);
    assert_string_equal(before, "octets");
    free(before);
    /* Nor can it be replaced where it is a folder. */
    assert_int_equal(mkdirat(scratch.directory, STORE_NEW, 0700), 0);
    assert_int_equal(open_writer(&writer, 1), -EISDIR);
    assert_int_equal(unlinkat(scratch.directory, STORE_NEW, AT_REMOVEDIR), 0);
}

/* As on a full disk: the kernel refuses to let the file grow. */
static void test_no_space(void **state)
{
    enum { NAMES = 4000 };
    char *text = malloc(NAMES * 40), *before;
    struct rlimit limit, small;
    struct manifest manifest;
    size_t len = 0, before_len;

    (void)state;
    for (int i = 0; i < NAMES; i++)
        len += (size_t)sprintf(text + len, "n%04d.com 8.8.8.8\n", i);
    scratch_manifest(text, &manifest);
    scratch_store(&scratch, TEXT, DEADLINE);
    before = scratch_read(&scratch, STORE_FILE, &before_len);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit;
    /* Before the records, among them, in the index behind them, in the table before them. */
    for (small.rlim_cur = 0; small.rlim_cur < 2048 + NAMES * 39; small.rlim_cur += 4096) {
        int r;

        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        r = scratch_install(scratch.directory, text, &manifest, DEADLINE);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        assert_int_equal(r, -EFBIG);
        check_unchanged(before, before_len);
    }
    assert_int_equal(scratch_install(scratch.directory, text, &manifest, DEADLINE), 0);
    free(before);
    free(text);
}

/* Memory for them was reckoned by what the manifest says. */
static void test_more_names(void **state)
{
    struct store_writer *writer;

    (void)state;
    assert_int_equal(open_writer(&writer, 2), 0);
    assert_int_equal(store_writer_add(writer, &b_com), 0);
    assert_int_equal(store_writer_add(writer, &b_com), 0);
    assert_int_equal(store_writer_add(writer, &b_com), E_NAMES_WRONG);
    store_writer_close(writer);
}

/* Refused before a single octet too many is written. */
static void test_full(void **state)
{
    uint64_t needed = 8 + 5 + 6 + 16; /* lengths, name, value, two slots */
    struct store_writer *writer;

    (void)state;
    assert_int_equal(open_writer(&writer, 2), 0);
    /* The table of tables, and three records of one octet's key without a manifest. */
    assert_int_equal(writer->octets, 2048 + 3 * (1 + 24) + STORE_DEADLINE_OCTETS);
    writer->octets = UINT32_MAX - needed + 1;
    assert_int_equal(store_writer_add(writer, &b_com), E_STORE_FULL);
    assert_int_equal(store_writer_names(writer), 0);
    writer->octets = UINT32_MAX - needed;
    assert_int_equal(store_writer_add(writer, &b_com), 0);
    assert_int_equal(writer->octets, UINT32_MAX);
    assert_int_equal(store_writer_add(writer, &b_com), E_STORE_FULL);
    store_writer_close(writer);
}

/* Names of one hash, as whoever holds a key may choose them: refused, and given up as fast. */
static void test_crowded(void **state)
{
    enum { NAMES = 1 << 19 }; /* minutes, if each looked at all others */
    struct store_writer *writer;

    (void)state;
    alarm(60);
    for (int install = 0; install < 2; install++) {
        assert_int_equal(open_writer(&writer, NAMES), 0);
        for (int i = 0; i < NAMES; i++)
            assert_int_equal(store_writer_add(writer, &b_com), 0);
        if (install)
            assert_int_equal(store_writer_install(writer), E_STORE_CROWDED);
        store_writer_close(writer);
    }
    alarm(0);
}

/* The count that test_full relies on is the size of the file. */
static void test_size(void **state)
{
    struct store_writer *writer;
    struct stat st;

    (void)state;
    assert_int_equal(open_writer(&writer, 1), 0);
    assert_int_equal(store_writer_add(writer, &b_com), 0);
    assert_int_equal(store_writer_install(writer), 0);
    assert_int_equal(stat(scratch_path(&scratch, STORE_FILE), &st), 0);
    assert_int_equal(st.st_size, writer->octets);
    store_writer_close(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),  cmocka_unit_test(test_same_name_twice),
        cmocka_unit_test(test_leftovers), cmocka_unit_test(test_no_space),
        cmocka_unit_test(test_full),      cmocka_unit_test(test_size),
        cmocka_unit_test(test_crowded),   cmocka_unit_test(test_more_names),
    };

    return cmocka_run_group_tests(tests, set_up_scratch, tear_down_scratch);
}
