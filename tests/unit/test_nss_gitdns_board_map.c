/* The gate over a board of this test's own: what it takes for a board, and whom it opens for. */
#include "tests/unit/board_map_lab.h"
#include <dirent.h>

static struct board_map map;

static int set_up(void **state)
{
    (void)state;
    lab_open();
    board_map_open(&map, board_path, resolv_conf_path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    board_map_close(&map);
    lab_close();
    return 0;
}

static bool is_open(const char *name)
{
    return board_map_has_outage(&map, name);
}

static bool is_open_after_refresh(void)
{
    board_map_refresh(&map);
    return is_open("example.com");
}

/* Of a process that has just started. */
static bool is_open_for_a_new_one(void)
{
    struct board_map fresh;
    bool open;

    board_map_open(&fresh, board_path, resolv_conf_path);
    open = board_map_has_outage(&fresh, "example.com");
    board_map_close(&fresh);
    return open;
}

static unsigned descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    unsigned n = 0;

    assert_non_null(directory);
    while (readdir(directory) != NULL)
        n++;
    closedir(directory);
    return n;
}

static unsigned mappings_of_boards(void)
{
    FILE *file = fopen("/proc/self/maps", "re");
    char line[2 * PATH_MAX];
    unsigned n = 0;

    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        n += strstr(line, board_path) != NULL;
    fclose(file);
    return n;
}

/* Ways in which what lies there is no board of this boot. Each gets a good one's octets. */
typedef void spoil(char *octets);

static void absent(char *octets)
{
    (void)octets;
}

static void empty(char *octets)
{
    scratch_write(&scratch, BOARD_FILE, octets, 0);
}

static void header_alone(char *octets)
{
    scratch_write(&scratch, BOARD_FILE, octets, BOARD_WORDS * sizeof(uint32_t));
}

static void an_octet_short(char *octets)
{
    scratch_write(&scratch, BOARD_FILE, octets, BOARD_OCTETS - 1);
}

static void an_octet_long(char *octets)
{
    scratch_write(&scratch, BOARD_FILE, octets, BOARD_OCTETS + 1);
}

static void folder(char *octets)
{
    (void)octets;
    assert_int_equal(mkdir(board_path, 0755), 0);
}

/* That nobody writes to: who opened it without O_NONBLOCK would wait for ever. */
static void fifo(char *octets)
{
    (void)octets;
    assert_int_equal(mkfifo(board_path, 0666), 0);
}

static void link_to_a_board(char *octets)
{
    scratch_write(&scratch, "board", octets, BOARD_OCTETS);
    assert_int_equal(symlink("board", board_path), 0);
}

static void link_to_nothing(char *octets)
{
    (void)octets;
    assert_int_equal(symlink("nothing", board_path), 0);
}

static void other_word(char *octets, unsigned word)
{
    octets[word * sizeof(uint32_t)] ^= 1;
    scratch_write(&scratch, BOARD_FILE, octets, BOARD_OCTETS);
}

static void other_magic(char *octets)
{
    other_word(octets, BOARD_WORD_MAGIC);
}

static void other_format(char *octets)
{
    other_word(octets, BOARD_WORD_FORMAT);
}

static void other_boot(char *octets)
{
    other_word(octets, BOARD_WORD_BOOT);
}

static void other_boot_at_the_end(char *octets)
{
    other_word(octets, BOARD_WORD_BOOT + 3);
}

/* As a daemon of another architecture writes it, whose words a container may see. */
static void other_order(char *octets)
{
    for (size_t i = 0; i < BOARD_OCTETS; i += sizeof(uint32_t)) {
        uint32_t word;

        memcpy(&word, octets + i, sizeof word);
        word = __builtin_bswap32(word);
        memcpy(octets + i, &word, sizeof word);
    }
    scratch_write(&scratch, BOARD_FILE, octets, BOARD_OCTETS);
}

static void zeros(char *octets)
{
    memset(octets, 0, BOARD_OCTETS);
    scratch_write(&scratch, BOARD_FILE, octets, BOARD_OCTETS);
}

/* A good board's octets on which everything is out; the caller frees. */
static char *good_octets(void)
{
    size_t len;
    char *octets;

    everything_until(now() + LEASE);
    octets = scratch_read(&scratch, BOARD_FILE, &len);
    assert_int_equal(len, BOARD_OCTETS);
    return octets; /* and a NUL */
}

/* What is no board opens nothing, and takes nothing away from who has mapped one. */
static void test_no_board(void **state)
{
    static spoil *const spoils[] = {
        absent,       empty,      header_alone,          an_octet_short,  an_octet_long,
        folder,       fifo,       link_to_a_board,       link_to_nothing, other_magic,
        other_format, other_boot, other_boot_at_the_end, other_order,     zeros,
    };
    unsigned before = descriptors();
    char spoiled_path[PATH_MAX];

    (void)state;
    strcpy(spoiled_path, scratch_path(&scratch, "spoiled"));
    for (size_t i = 0; i < sizeof spoils / sizeof *spoils; i++) {
        char *octets = good_octets();

        assert_true(is_open_after_refresh());
        assert_true(is_open_for_a_new_one());
        unlink(board_path);
        spoils[i](octets);
        free(octets);
        if (is_open_for_a_new_one())
            fail_msg("case %zu is taken for a board", i);
        for (int k = 0; k < 3; k++)
            if (!is_open_after_refresh())
                fail_msg("case %zu takes away the board that was mapped", i);
        /* Nobody renews that one's leases. */
        everything_until(now() - 1);
        assert_false(is_open_after_refresh());
        /* Kept, so that the next file is another one in every way. */
        rename(board_path, spoiled_path);
        put_board();
        remove(spoiled_path);
        assert_false(is_open_after_refresh());
    }
    assert_int_equal(descriptors(), before);
}

/* A board that a new daemon makes is found, mapped in place of the one before, and no more. */
static void test_replaced(void **state)
{
    unsigned before = descriptors();

    (void)state;
    for (int i = 0; i < 100; i++) {
        put_board();
        everything_until(i % 2 == 0 ? now() + LEASE : 0);
        assert_int_equal(is_open_after_refresh(), i % 2 == 0);
    }
    /* The gate's and the daemon's. */
    assert_int_equal(mappings_of_boards(), 2);
    assert_int_equal(descriptors(), before);
}

static void test_board_comes_later(void **state)
{
    (void)state;
    board_map_close(&map);
    unlink(board_path);
    board_map_open(&map, board_path, resolv_conf_path);
    assert_false(is_open("example.com"));
    put_board();
    everything_until(now() + LEASE);
    assert_false(is_open("example.com"));
    assert_true(is_open_after_refresh());
}

static void test_everything(void **state)
{
    (void)state;
    assert_false(is_open("example.com"));
    everything_until(now() + LEASE);
    assert_true(is_open("example.com"));
    assert_true(is_open("example.net"));
    everything_until(0);
    assert_false(is_open("example.com"));
}

/* A second may pass between the two looks at the clock. */
static void test_leases(void **state)
{
    (void)state;
    for (int names = 0; names < 2; names++) {
        static const struct {
            int ahead;
            bool open;
        } cases[] = {
            {2, true},     {BOARD_LEASE_MAX, true}, {BOARD_LEASE_MAX + 3, false},
            {3600, false}, {INT32_MAX, false},      {-1, false},
            {-3, false},   {-3600, false},
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            uint32_t until = now() + (uint32_t)cases[i].ahead;

            if (names)
                name_until("example.com", until);
            else
                everything_until(until);
            if (is_open("example.com") != cases[i].open)
                fail_msg("%s for %d seconds", names ? "a name" : "everything", cases[i].ahead);
        }
        board_clear(board);
        assert_false(is_open("example.com"));
    }
}

static void test_names(void **state)
{
    static const char *const out[] = {
        "example.com",     "example.com.",     "EXAMPLE.com",
        "www.example.com", "WWW.Example.COM.", "a.b.c.example.com",
    };
    char long_name[400], below[] = "a.b.c.d.e.f.g.h.i.j.example.com";
    const char *others[] = {
        "",
        ".",
        "com",
        "example.net",
        "example.com..",
        "notexample.com",
        "www..example.com",
        "-.example.com",
        " example.com",
        "127.0.0.1",
        "exam ple.com",
        "\x80.example.com",
        long_name,
    };

    (void)state;
    memset(long_name, 'a', sizeof long_name);
    strcpy(long_name + sizeof long_name - 13, ".example.com");
    /* The domain; a name covers nothing but itself. */
    name_until(".example.com", now() + LEASE);
    for (size_t i = 0; i < sizeof out / sizeof *out; i++)
        if (!is_open(out[i]))
            fail_msg("%s is not out", out[i]);
    assert_true(is_open(below));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (is_open(others[i]))
            fail_msg("`%s' is out", others[i]);
    board_remove(board, siphash(&key, ".example.com", 12));
    assert_false(is_open("example.com"));
}

/* A name is out although everything no longer is, and while it is too. */
static void test_both(void **state)
{
    (void)state;
    name_until("example.com", now() + LEASE);
    everything_until(now() - 3);
    assert_true(is_open("example.com"));
    assert_false(is_open("example.net"));
    everything_until(now() + LEASE);
    assert_true(is_open("example.net"));
}

/* What the daemon found out about another DNS says nothing of this process's. */
static void test_resolv_conf(void **state)
{
    static const struct timespec times[2] = {{1000, 0}, {1000, 0}};
    char other[PATH_MAX];

    (void)state;
    name_until("example.com", now() + LEASE);
    assert_true(is_open_after_refresh());
    put_resolv_conf("nameserver 127.0.0.1\n");
    assert_false(is_open_after_refresh());
    board_set_stamp(board, stamp());
    assert_true(is_open("example.com"));
    assert_int_equal(utimensat(AT_FDCWD, resolv_conf_path, times, 0), 0);
    assert_false(is_open_after_refresh());
    board_set_stamp(board, stamp());
    assert_true(is_open_after_refresh());
    strcpy(other, scratch_path(&scratch, "away"));
    assert_int_equal(rename(resolv_conf_path, other), 0);
    assert_false(is_open_after_refresh());
    /* Neither has one: nobody knows what is asked. */
    board_set_stamp(board, 0);
    assert_false(is_open_after_refresh());
    everything_until(now() + LEASE);
    assert_false(is_open_after_refresh());
    assert_int_equal(rename(other, resolv_conf_path), 0);
    board_set_stamp(board, stamp());
    assert_true(is_open_after_refresh());
    assert_int_equal(truncate(resolv_conf_path, 0), 0);
    assert_false(is_open_after_refresh());
}

/* One half of the stamp is not enough. */
static void test_half_a_stamp(void **state)
{
    uint64_t whole = stamp();

    (void)state;
    everything_until(now() + LEASE);
    for (unsigned bit = 0; bit < 64; bit++) {
        board_set_stamp(board, whole ^ UINT64_C(1) << bit);
        assert_false(is_open("example.com"));
    }
    board_set_stamp(board, whole);
    assert_true(is_open("example.com"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_board, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_board_comes_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_everything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_leases, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_both, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_resolv_conf, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_half_a_stamp, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
