/* The store's write side, read side and the check between them. The writer is included whole, so
 * that its count of octets can be set near 4 GiB. */
#include "registry/file.h"
#include "registry/name.h"
#include "registry/store_write.c"
#include "tests/unit/scratch.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cmocka.h>

#define STORE_NEW STORE_FILE NEW

#define TEXT                                                                                       \
    "a 10.0.0.1\n"                                                                                 \
    "example.com 8.8.8.8 9.9.9.9 2606:4700::1\n"                                                   \
    "www.example.com 8.8.8.8 cname=example.com\n"                                                  \
    "six.example.org 2606:4700::2 2606:4700::3\n"
#define DEADLINE 4000000000

static struct scratch scratch;

static int set_up(void **state)
{
    (void)state;
    scratch_open(&scratch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_close(&scratch);
    return 0;
}

static void open_store(struct store *store)
{
    assert_int_equal(store_open(store, scratch_path(&scratch, STORE_FILE)), 0);
}

/* A mapping of these octets. Returns store_map's. */
static int map(struct store *store, const void *octets, size_t len)
{
    int fd = memfd_create("test", MFD_CLOEXEC), r;

    assert_int_equal(write(fd, octets, len), len);
    r = store_map(store, fd);
    close(fd);
    return r;
}

static char *walk(const struct store *store, int *code)
{
    static char text[65536];
    unsigned position = 0;
    struct record record;
    size_t len = 0;

    while ((*code = store_next(store, &position, &record)) == 1 &&
           len < sizeof text - TEXT_LINE_MAX)
        len += text_format(&record, text + len);
    text[len] = '\0';
    return text;
}

static void test_round_trip(void **state)
{
    struct manifest manifest, read;
    const unsigned char *value;
    struct record record;
    struct store store;
    struct stat st;
    size_t len;
    int code;

    (void)state;
    umask(077);
    scratch_store(&scratch, TEXT, DEADLINE);
    umask(022);
    assert_int_equal(stat(scratch_path(&scratch, STORE_FILE), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    open_store(&store);
    assert_int_equal(store.deadline, DEADLINE);
    assert_int_equal(store.stamp, file_stamp(&st));
    assert_string_equal(walk(&store, &code), TEXT);
    assert_int_equal(code, 0);
    assert_int_equal(store_find(&store, "www.example.com", 15, &record), 1);
    assert_int_equal(record.n4, 1);
    assert_memory_equal(record.ipv4, "\x08\x08\x08\x08", 4);
    assert_int_equal(record.n6, 0);
    assert_int_equal(record.cname_len, 11);
    assert_int_equal(store_find(&store, "six.example.org", 15, &record), 1);
    assert_int_equal(record.n6, 2);
    assert_null(record.cname);
    assert_int_equal(store_find(&store, "example.org", 11, &record), 0);
    assert_int_equal(store_find(&store, "www.example.co", 14, &record), 0);
    scratch_manifest(TEXT, &manifest);
    assert_int_equal(store_manifest(&store, &read), 0);
    assert_memory_equal(&read, &manifest, sizeof read);
    assert_int_equal(store_verify_text(&store, &read), 0);
    assert_int_equal(store_meta(&store, STORE_KEY_SIGNATURE, &value, &len), 1);
    assert_int_equal(len, strlen("untrusted comment: none\n"));
    store_unmap(&store);
}

/* The first octet of a key tells its kind; one-letter names are none of the others. */
static void test_keys_of_one_octet(void **state)
{
    struct record record;
    struct store store;

    (void)state;
    scratch_store(&scratch, TEXT, DEADLINE);
    open_store(&store);
    assert_int_equal(store_find(&store, "a", 1, &record), 1);
    assert_memory_equal(record.ipv4, "\x0a\0\0\x01", 4);
    assert_int_equal(store_find(&store, "b", 1, &record), 0);
    store_unmap(&store);
}

/* As large as a small registry, and each name found. */
static void test_many_names(void **state)
{
    enum { NAMES = 20000 };
    char *text = malloc(NAMES * 40), name[40];
    struct record record;
    struct store store;
    size_t len = 0;

    (void)state;
    for (int i = 0; i < NAMES; i++)
        len += (size_t)sprintf(text + len, "n%05d.com 8.%d.%d.%d\n", i, i >> 16, i >> 8 & 255,
                               i & 255);
    scratch_store(&scratch, text, DEADLINE);
    open_store(&store);
    for (int i = 0; i < NAMES; i++) {
        int n = sprintf(name, "n%05d.com", i);

        assert_int_equal(store_find(&store, name, (size_t)n, &record), 1);
        assert_int_equal(record.ipv4[2] << 8 | record.ipv4[3], i);
    }
    store_unmap(&store);
    free(text);
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
    struct record record = {
        .name = "b.com", .name_len = 5, .n4 = 1, .ipv4 = (const unsigned char *)"\x08\x08\x08\x08"};
    char page[MANIFEST_MAX_OCTETS];
    struct manifest manifest;
    struct store_meta meta = {
        .manifest = &manifest, .manifest_text = page, .signature = "", .deadline = 1};
    struct store_writer *writer;

    (void)state;
    scratch_manifest("b.com 8.8.8.8\nb.com 8.8.8.8\n", &manifest);
    meta.manifest_len = (size_t)manifest_format(&manifest, page);
    assert_int_equal(store_writer_open(&writer, scratch.directory, STORE_FILE, &meta), 0);
    assert_int_equal(store_writer_add(writer, &record), 0);
    assert_int_equal(store_writer_add(writer, &record), 0);
    assert_int_equal(store_writer_names(writer), 2);
    assert_int_equal(store_writer_install(writer), E_STORE_CHECK);
    store_writer_close(writer);
}

static void test_leftovers(void **state)
{
    struct manifest manifest;
    struct store_writer *writer;
    struct store_meta meta = {
        .manifest = &manifest, .manifest_text = "", .signature = "", .deadline = 1};
    size_t len;
    char *before;

    (void)state;
    scratch_store(&scratch, TEXT, DEADLINE);
    before = scratch_read(&scratch, STORE_FILE, &len);
    /* Given up in the middle. */
    scratch_manifest("b.com 8.8.8.8\n", &manifest);
    assert_int_equal(store_writer_open(&writer, scratch.directory, STORE_FILE, &meta), 0);
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
    assert_int_equal(store_writer_open(&writer, scratch.directory, STORE_FILE, &meta), -EISDIR);
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

/* Refused before a single octet too many is written. */
static void test_full(void **state)
{
    struct record record = {
        .name = "b.com", .name_len = 5, .n4 = 1, .ipv4 = (const unsigned char *)"\x08\x08\x08\x08"};
    struct manifest manifest;
    struct store_meta meta = {
        .manifest = &manifest, .manifest_text = "", .signature = "", .deadline = 1};
    uint64_t needed = 8 + 5 + 6 + 16; /* lengths, name, value, two slots */
    struct store_writer *writer;

    (void)state;
    scratch_manifest("b.com 8.8.8.8\n", &manifest);
    assert_int_equal(store_writer_open(&writer, scratch.directory, STORE_FILE, &meta), 0);
    /* The table of tables, and three records of one octet's key without a manifest. */
    assert_int_equal(writer->octets, 2048 + 3 * (1 + 24) + STORE_DEADLINE_OCTETS);
    writer->octets = UINT32_MAX - needed + 1;
    assert_int_equal(store_writer_add(writer, &record), E_STORE_FULL);
    assert_int_equal(store_writer_names(writer), 0);
    writer->octets = UINT32_MAX - needed;
    assert_int_equal(store_writer_add(writer, &record), 0);
    assert_int_equal(writer->octets, UINT32_MAX);
    assert_int_equal(store_writer_add(writer, &record), E_STORE_FULL);
    store_writer_close(writer);
}

/* The count that test_full relies on is the size of the file. */
static void test_size(void **state)
{
    struct record record = {
        .name = "b.com", .name_len = 5, .n4 = 1, .ipv4 = (const unsigned char *)"\x08\x08\x08\x08"};
    struct manifest manifest;
    struct store_meta meta = {
        .manifest = &manifest, .manifest_text = "", .signature = "", .deadline = 1};
    struct store_writer *writer;
    struct stat st;

    (void)state;
    scratch_manifest("b.com 8.8.8.8\n", &manifest);
    assert_int_equal(store_writer_open(&writer, scratch.directory, STORE_FILE, &meta), 0);
    assert_int_equal(store_writer_add(writer, &record), 0);
    assert_int_equal(store_writer_install(writer), 0);
    assert_int_equal(stat(scratch_path(&scratch, STORE_FILE), &st), 0);
    assert_int_equal(st.st_size, writer->octets);
    store_writer_close(writer);
}

static void test_not_a_store(void **state)
{
    char zeros[4096] = "";
    struct store store;

    (void)state;
    assert_int_equal(store_open(&store, scratch_path(&scratch, "none")), -ENOENT);
    assert_int_equal(store_open(&store, scratch.path), E_STORE_DAMAGED);
    assert_int_equal(mkfifo(scratch_path(&scratch, "fifo"), 0600), 0);
    assert_int_equal(store_open(&store, scratch_path(&scratch, "fifo")), E_STORE_DAMAGED);
    assert_int_equal(store_open(&store, "/dev/null"), E_STORE_DAMAGED);
    assert_int_equal(map(&store, "", 0), E_STORE_DAMAGED);
    assert_int_equal(map(&store, zeros, sizeof zeros), E_STORE_DAMAGED);
    assert_int_equal(store_map(&store, -1), -EBADF);
    scratch_write(&scratch, "huge", "", 0);
    assert_int_equal(truncate(scratch_path(&scratch, "huge"), (off_t)UINT32_MAX + 1), 0);
    assert_int_equal(store_open(&store, scratch_path(&scratch, "huge")), E_STORE_DAMAGED);
    assert_int_equal(truncate(scratch_path(&scratch, "huge"), (off_t)UINT32_MAX), 0);
    assert_int_equal(store_open(&store, scratch_path(&scratch, "huge")), E_STORE_DAMAGED);
    unlink(scratch_path(&scratch, "huge"));
}

static void test_deadlines(void **state)
{
    static const struct {
        const char *octets;
        size_t len;
        int code;
    } cases[] = {
        {"\x7f\xff\xff\xff\xff\xff\xff\xff", 8, 0},
        {"\x80\0\0\0\0\0\0\0", 8, E_STORE_DAMAGED},
        {"\xff\xff\xff\xff\xff\xff\xff\xff", 8, E_STORE_DAMAGED},
        {"\0\0\0\0\0\0\0\0", 8, 0},
        {"\0\0\0\0\0\0\0", 7, E_STORE_DAMAGED},
        {"\0\0\0\0\0\0\0\0\0", 9, E_STORE_DAMAGED},
        {"", 0, E_STORE_DAMAGED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int fd = memfd_create("test", MFD_CLOEXEC);
        struct cdb_make make;
        struct store store;

        cdb_make_start(&make, fd);
        cdb_make_add(&make, "\x02", 1, cases[i].octets, (unsigned)cases[i].len);
        assert_int_equal(cdb_make_finish(&make), 0);
        assert_int_equal(store_map(&store, fd), cases[i].code);
        if (cases[i].code == 0)
            store_unmap(&store);
        close(fd);
    }
}

/* Whatever is left of the text must be the text's, and whoever verifies must see that it is not
 * all. */
static void check_damaged(const char *octets, size_t len, const struct manifest *manifest)
{
    struct record record;
    struct store store;
    int code;

    if (map(&store, octets, len) < 0)
        return;
    walk(&store, &code);
    assert_true(code == 0 || code == E_STORE_DAMAGED);
    if (store_verify_text(&store, manifest) == 0) {
        assert_int_equal(store_find(&store, "example.com", 11, &record), 1);
        assert_int_equal(store_find(&store, "six.example.org", 15, &record), 1);
    }
    store_find(&store, "www.example.com", 15, &record);
    for (uint32_t random = 0; random < 256 * 4; random += 51)
        if (store_pick(&store, random, &record) == 1)
            assert_true(record.name_len <= NAME_MAX_OCTETS);
    store_unmap(&store);
}

static void test_damage(void **state)
{
    struct manifest manifest;
    struct store store;
    size_t len;
    char *octets;

    (void)state;
    scratch_manifest(TEXT, &manifest);
    scratch_store(&scratch, TEXT, DEADLINE);
    octets = scratch_read(&scratch, STORE_FILE, &len);
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
    scratch_manifest(TEXT, &manifest);
    scratch_store(&scratch, TEXT, DEADLINE);
    octets = scratch_read(&scratch, STORE_FILE, &len);
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

static void test_stamp(void **state)
{
    struct stat st, other;

    (void)state;
    scratch_write(&scratch, "stamp", "x", 1);
    assert_int_equal(stat(scratch_path(&scratch, "stamp"), &st), 0);
    assert_true(file_stamp(&st) != 0);
    other = st, other.st_ino++;
    assert_true(file_stamp(&other) != file_stamp(&st));
    other = st, other.st_dev++;
    assert_true(file_stamp(&other) != file_stamp(&st));
    other = st, other.st_size++;
    assert_true(file_stamp(&other) != file_stamp(&st));
    other = st, other.st_mtim.tv_nsec++;
    assert_true(file_stamp(&other) != file_stamp(&st));
    other = st, other.st_ctim.tv_sec++;
    assert_true(file_stamp(&other) != file_stamp(&st));
    /* Being read is no change. */
    other = st, other.st_atim.tv_sec++;
    assert_int_equal(file_stamp(&other), file_stamp(&st));
    other.st_nlink++;
    assert_int_equal(file_stamp(&other), file_stamp(&st));
}

/* Each record is found by some number, and no number finds anything else. */
static void test_pick(void **state)
{
    struct record record;
    struct store store;
    unsigned found[4] = {0};

    (void)state;
    scratch_store(&scratch, TEXT, DEADLINE);
    open_store(&store);
    for (uint32_t random = 0; random < 65536; random += 7) {
        assert_int_equal(store_pick(&store, random * 65599, &record), 1);
        found[record.name_len == 1    ? 0
              : record.name_len == 11 ? 1
              : record.name[0] == 'w' ? 2
                                      : 3]++;
        assert_int_equal(name_check(record.name, record.name_len), 0);
    }
    for (int i = 0; i < 4; i++)
        assert_true(found[i] > 100);
    store_unmap(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_keys_of_one_octet),
        cmocka_unit_test(test_many_names),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_same_name_twice),
        cmocka_unit_test(test_leftovers),
        cmocka_unit_test(test_no_space),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_not_a_store),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_wild_lengths),
        cmocka_unit_test(test_stamp),
        cmocka_unit_test(test_pick),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
