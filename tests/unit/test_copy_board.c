/* The board from both sides: what the daemon puts on it, and what a reader makes of that, of what
 * is too long ago and of what is too far ahead. */
#include "tests/unit/board_lab.h"
#include <errno.h>
#include <sys/mman.h>

static void test_new(void **state)
{
    struct siphash_key read = board_key(board);
    uint32_t boot[BOARD_BOOT_WORDS], header[BOARD_WORDS];
    struct stat st;
    size_t len;
    char *file;

    (void)state;
    assert_true(read.k0 == key.k0 && read.k1 == key.k1);
    assert_int_equal(names(), 0);
    assert_int_equal(board_get(board, BOARD_WORD_EVERYTHING), 0);
    assert_false(has("example.com"));
    assert_int_equal(stat(scratch_path(&scratch, BOARD_FILE), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    file = scratch_read(&scratch, BOARD_FILE, &len);
    assert_int_equal(len, BOARD_OCTETS);
    memcpy(header, file, sizeof header);
    assert_int_equal(board_boot(boot), 0);
    assert_true(board_is_of_boot(header, boot));
    free(file);
}

static void test_header(void **state)
{
    uint32_t boot[BOARD_BOOT_WORDS] = {1, 2, 3, 4}, header[BOARD_WORDS] = {0};

    (void)state;
    assert_false(board_is_of_boot(header, boot));
    header[BOARD_WORD_MAGIC] = BOARD_MAGIC;
    header[BOARD_WORD_FORMAT] = BOARD_FORMAT;
    memcpy(header + BOARD_WORD_BOOT, boot, sizeof boot);
    assert_true(board_is_of_boot(header, boot));
    for (unsigned word = 0; word < BOARD_WORD_STAMP; word++) {
        header[word] ^= 1;
        assert_false(board_is_of_boot(header, boot));
        header[word] ^= 1;
    }
    assert_true(board_is_of_boot(header, boot));
}

/* This boot's is not nothing, and always the same. */
static void test_boot(void **state)
{
    static const uint32_t nothing[BOARD_BOOT_WORDS];
    uint32_t first[BOARD_BOOT_WORDS], second[BOARD_BOOT_WORDS];

    (void)state;
    assert_int_equal(board_boot(first), 0);
    assert_int_equal(board_boot(second), 0);
    assert_memory_equal(first, second, sizeof first);
    assert_memory_not_equal(first, nothing, sizeof first);
}

static void test_put_and_remove(void **state)
{
    (void)state;
    put("example.com");
    put("example.net");
    put("example.com");
    assert_int_equal(names(), 2);
    assert_true(has("example.com"));
    assert_true(has("example.net"));
    assert_false(has("example.org"));
    board_remove(board, hash("example.org"));
    assert_int_equal(names(), 2);
    board_remove(board, hash("example.com"));
    board_remove(board, hash("example.com"));
    assert_int_equal(names(), 1);
    assert_false(has("example.com"));
    assert_true(has("example.net"));
    put("example.com");
    assert_true(has("example.com"));
}

static void test_clear(void **state)
{
    char name[32];

    (void)state;
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "%d.example.com", i);
        put(name);
    }
    board_set(board, BOARD_WORD_EVERYTHING, UNTIL);
    board_clear(board);
    assert_int_equal(names(), 0);
    assert_int_equal(board_get(board, BOARD_WORD_EVERYTHING), 0);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "%d.example.com", i);
        assert_false(has(name));
    }
}

/* What ends a lease, counted from where it ends; 32-bit seconds come round after 136 years. */
static void test_leases(void **state)
{
    static const uint32_t ends[] = {100, BOARD_LEASE_MAX, 5, 1, UINT32_MAX, 0x80000000};
    static const struct {
        uint32_t before;
        bool runs;
    } cases[] = {
        {0, true},
        {1, true},
        {BOARD_LEASE_MAX, true},
        {BOARD_LEASE_MAX + 1, false},
        {UINT32_MAX, false}, /* a second too late */
        {UINT32_MAX - 1000, false},
        {0x80000000, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            uint32_t now = ends[i] - cases[k].before;

            if (board_runs(ends[i], now) != cases[k].runs)
                fail_msg("a lease to %u at %u", ends[i], now);
            board_put(board, hash("example.com"), ends[i]);
            assert_int_equal(board_has_name(board, "example.com", 11, now), cases[k].runs);
        }
    assert_int_equal(names(), 1);
    assert_false(board_runs(0, 0));
    assert_false(board_runs(0, UINT32_MAX));
}

/* Nothing but its lease moves. */
static void test_renewal(void **state)
{
    (void)state;
    put("example.com");
    assert_false(board_has_name(board, "example.com", 11, UNTIL + 5));
    assert_int_equal(board_put(board, hash("example.com"), UNTIL + 20), 0);
    assert_true(board_has_name(board, "example.com", 11, UNTIL + 5));
    assert_int_equal(names(), 1);
}

/* A domain that is out takes along what lies in it, not what stands above or beside. */
static void test_below(void **state)
{
    static const char *const out[] = {
        "example.com",     "www.example.com",       "a.b.c.d.e.f.g.h.i.j.k.example.com",
        "-.example.com",   "_dmarc.example.com",    "example.com.example.com",
        "com.example.com", "example.com.other.org",
    };
    static const char *const not [] = {
        "com",          "notexample.com",      "example.com.net", "xample.com", "example.co",
        "example.comm", "example.example.org", "e.com",           "other.org",  ".com",
    };

    (void)state;
    put(".example.com");
    put(".com.other.org");
    for (size_t i = 0; i < sizeof out / sizeof *out; i++)
        if (!has(out[i]))
            fail_msg("%s is not out", out[i]);
    for (size_t i = 0; i < sizeof not / sizeof *not ; i++)
        if (has(not [i]))
            fail_msg("%s is out", not [i]);
}

/* A name that is out takes nothing along. */
static void test_name_alone(void **state)
{
    (void)state;
    put("example.com");
    assert_true(has("example.com"));
    assert_false(has("www.example.com"));
    assert_false(has("com"));
}

/* A domain of at most BOARD_LABELS_MAX labels covers the names in it; one of more none. */
static void test_labels(void **state)
{
    static const char labels[] = "m.l.k.j.i.h.g.f.e.d.c.b.a";
    const char *end = labels + strlen(labels);

    (void)state;
    for (size_t count = 1; count < 12; count++) {
        const char *entry = end - 2 * count;

        put(entry);
        if (has(labels) != (count <= BOARD_LABELS_MAX))
            fail_msg("an entry of %zu labels", count);
        board_remove(board, hash(entry));
        assert_false(has(labels));
    }
}

/* A reader sees, through a mapping of its own, what is put on the board; and after its end, nothing
 * that is out. */
static void test_shared(void **state)
{
    int fd = openat(scratch.directory, BOARD_FILE, O_RDONLY | O_CLOEXEC);
    const _Atomic uint32_t *reader = mmap(NULL, BOARD_OCTETS, PROT_READ, MAP_SHARED, fd, 0);

    (void)state;
    assert_true(reader != MAP_FAILED);
    close(fd);
    put("example.com");
    board_set(board, BOARD_WORD_EVERYTHING, UNTIL);
    board_set_stamp(board, UINT64_C(0x123456789abcdef0));
    assert_true(board_has_name(reader, "example.com", 11, NOW));
    assert_int_equal(board_get(reader, BOARD_WORD_STAMP), 0x9abcdef0);
    assert_int_equal(board_get(reader, BOARD_WORD_STAMP + 1), 0x12345678);
    board_close(board);
    board = NULL;
    assert_false(board_has_name(reader, "example.com", 11, NOW));
    assert_int_equal(board_get(reader, BOARD_WORD_NAMES), 0);
    assert_int_equal(board_get(reader, BOARD_WORD_EVERYTHING), 0);
    munmap((void *)reader, BOARD_OCTETS);
}

/* A board takes the place of what lies there, a link too, which is not followed; where it cannot,
 * it says so. */
static void test_create(void **state)
{
    _Atomic uint32_t *other = NULL;
    struct stat st;
    int nowhere;

    (void)state;
    scratch_write(&scratch, "else", "untouched", 9);
    assert_int_equal(unlink(scratch_path(&scratch, BOARD_FILE)), 0);
    assert_int_equal(symlinkat("else", scratch.directory, BOARD_FILE), 0);
    assert_int_equal(board_create(scratch.directory, &key, &other), 0);
    assert_int_equal(lstat(scratch_path(&scratch, BOARD_FILE), &st), 0);
    assert_true(S_ISREG(st.st_mode) && st.st_size == BOARD_OCTETS);
    assert_int_equal(stat(scratch_path(&scratch, "else"), &st), 0);
    assert_int_equal(st.st_size, 9);
    board_close(other);
    assert_int_equal(unlink(scratch_path(&scratch, BOARD_FILE)), 0);
    assert_int_equal(mkdirat(scratch.directory, BOARD_FILE, 0700), 0);
    assert_true(board_create(scratch.directory, &key, &other) < 0);
    nowhere = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(board_create(nowhere, &key, &other) < 0);
    close(nowhere);
    board_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_new, set_up_board, tear_down_board),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_boot),
        cmocka_unit_test_setup_teardown(test_put_and_remove, set_up_board, tear_down_board),
        cmocka_unit_test_setup_teardown(test_clear, set_up_board, tear_down_board),
        cmocka_unit_test_setup_teardown(test_leases, set_up_board, tear_down_board),
        cmocka_unit_test_setup_teardown(test_renewal, set_up_board, tear_down_board),
        cmocka_unit_test_setup_teardown(test_below, set_up_board, tear_down_board),
        cmocka_unit_test_setup_teardown(test_name_alone, set_up_board, tear_down_board),
        cmocka_unit_test_setup_teardown(test_labels, set_up_board, tear_down_board),
        cmocka_unit_test_setup_teardown(test_shared, set_up_board, tear_down_board),
        cmocka_unit_test_setup_teardown(test_create, set_up_board, tear_down_board),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
