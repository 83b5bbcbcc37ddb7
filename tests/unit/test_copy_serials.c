/* The stores that a machine keeps: which are listed, which answers, which go. */
#include "base/error.h"
#include "copy/copy.h"
#include "copy/pin.h"
#include "copy/serials.h"
#include "tests/unit/scratch_lab.h"
#include <errno.h>
#include <sys/stat.h>

#define TEXT "com 192.0.2.1\n"

static void keep(const char *const *names)
{
    int kept = serials_open(scratch.directory);

    assert_true(kept >= 0);
    for (; *names != NULL; names++) {
        int fd = openat(kept, *names, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        assert_true(fd >= 0);
        close(fd);
    }
    close(kept);
}

static void assert_kept(uint32_t limit, unsigned max, const char *want)
{
    struct serials serials;
    char got[512] = "";

    assert_int_equal(serials_list(scratch.directory, limit, max, &serials), 0);
    for (unsigned i = 0; i < serials.count; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%u ", serials.serial[i]);
    assert_string_equal(got, want);
}

static void test_list(void **state)
{
    static const char *const names[] = {
        "1.cdb",          "42.cdb", "7.cdb",  "999999999.cdb", "41.cdb", "0.cdb",
        "07.cdb",         ".cdb",   "x.cdb",  "43.cdx",        "44",     "45.cdb.new",
        "1000000000.cdb", "-1.cdb", " 8.cdb", "9cdb",          NULL};

    (void)state;
    assert_kept(SERIAL_MAX, SERIALS_LIST_MAX, "");
    keep(names);
    assert_kept(SERIAL_MAX, SERIALS_LIST_MAX, "999999999 42 41 7 1 ");
    assert_kept(SERIAL_MAX, 2, "999999999 42 ");
    assert_kept(42, 3, "42 41 7 ");
    assert_kept(41, SERIALS_LIST_MAX, "41 7 1 ");
    assert_kept(SERIAL_MAX, 0, "");
}

static void test_list_is_bounded(void **state)
{
    struct serials serials;
    int kept = serials_open(scratch.directory);

    (void)state;
    for (uint32_t serial = 1; serial <= SERIALS_LIST_MAX + 20; serial++) {
        char name[SERIAL_NAME_OCTETS];
        int fd;

        serial_name(serial, name);
        fd = openat(kept, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        assert_true(fd >= 0);
        close(fd);
    }
    close(kept);
    assert_int_equal(serials_list(scratch.directory, SERIAL_MAX, UINT_MAX, &serials), 0);
    assert_int_equal(serials.count, SERIALS_LIST_MAX);
    for (unsigned i = 0; i < serials.count; i++)
        assert_int_equal(serials.serial[i], SERIALS_LIST_MAX + 20 - i);
}

static void test_switch(void **state)
{
    static const char *const names[] = {"41.cdb", "42.cdb", NULL};
    struct stat before, after;

    (void)state;
    assert_int_equal(serials_current(scratch.directory), 0);
    assert_int_equal(serials_switch(scratch.directory, 41), -ENOENT);
    keep(names);
    assert_int_equal(serials_switch(scratch.directory, 41), 0);
    assert_int_equal(serials_current(scratch.directory), 41);
    assert_int_equal(serials_switch(scratch.directory, 43), -ENOENT);
    assert_int_equal(serials_current(scratch.directory), 41);
    assert_int_equal(serials_switch(scratch.directory, 42), 0);
    assert_int_equal(lstat(scratch_path(&scratch, STORE_FILE), &before), 0);
    assert_int_equal(serials_switch(scratch.directory, 42), 0); /* nothing to do */
    assert_int_equal(lstat(scratch_path(&scratch, STORE_FILE), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);

    /* What a killed process left is in nobody's way. */
    assert_int_equal(symlinkat("serials/1.cdb", scratch.directory, STORE_FILE ".new"), 0);
    assert_int_equal(serials_switch(scratch.directory, 41), 0);
    assert_int_equal(serials_current(scratch.directory), 41);
    assert_int_equal(faccessat(scratch.directory, STORE_FILE ".new", F_OK, AT_SYMLINK_NOFOLLOW),
                     -1);
}

static void test_links_to_elsewhere(void **state)
{
    static const char *const targets[] = {
        "serials/x.cdb",     "serials/",
        "serials",           "/serials/4.cdb",
        "other/4.cdb",       "serials/04.cdb",
        "serials/4.cdb.new", "serials/4.cdb/../../../../../../../../../../etc/hosts"};

    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        unlinkat(scratch.directory, STORE_FILE, 0);
        assert_int_equal(symlinkat(targets[i], scratch.directory, STORE_FILE), 0);
        assert_int_equal(serials_current(scratch.directory), 0);
    }
}

static void test_pin(void **state)
{
    static const char *const bad[] = {"", "\n", "42", "042\n", "42\n\n", "42 \n", "x\n", "0\n"};
    uint32_t serial;

    (void)state;
    assert_int_equal(pin_read(scratch.directory, &serial), 0);
    assert_int_equal(serial, 0);
    assert_int_equal(pin_write(scratch.directory, 0), 0);
    assert_int_equal(pin_write(scratch.directory, SERIAL_MAX), 0);
    assert_int_equal(pin_read(scratch.directory, &serial), 0);
    assert_int_equal(serial, SERIAL_MAX);
    assert_int_equal(pin_write(scratch.directory, 0), 0);
    assert_int_equal(faccessat(scratch.directory, PIN_FILE, F_OK, 0), -1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        scratch_write(&scratch, PIN_FILE, bad[i], strlen(bad[i]));
        assert_int_equal(pin_read(scratch.directory, &serial), E_PIN_SYNTAX);
        assert_int_equal(serial, 0);
    }
    scratch_write(&scratch, PIN_FILE, "12345678901234567\n", 18);
    assert_int_equal(pin_read(scratch.directory, &serial), E_FILE_LONG);
}

static void test_prune(void **state)
{
    static const char *const names[] = {"1.cdb",  "2.cdb",  "3.cdb",    "40.cdb", "41.cdb",
                                        "42.cdb", "99.cdb", "mine.txt", NULL};

    (void)state;
    keep(names);
    assert_int_equal(serials_switch(scratch.directory, 2), 0);
    assert_int_equal(pin_write(scratch.directory, 1), 0);
    serials_prune(scratch.directory, 42, 2);
    assert_kept(SERIAL_MAX, SERIALS_LIST_MAX, "42 41 2 1 ");
    assert_int_equal(access(scratch_path(&scratch, "serials/mine.txt"), F_OK), 0);

    /* While it cannot be told what is pinned, nothing goes. */
    scratch_write(&scratch, PIN_FILE, "x", 1);
    serials_prune(scratch.directory, 42, 1);
    assert_kept(SERIAL_MAX, SERIALS_LIST_MAX, "42 41 2 1 ");
    assert_int_equal(pin_write(scratch.directory, 0), 0);
    serials_prune(scratch.directory, 42, 1);
    assert_kept(SERIAL_MAX, SERIALS_LIST_MAX, "42 2 ");
}

static void test_adopt(void **state)
{
    struct stat before, after;

    (void)state;
    scratch_store(&scratch, TEXT, 1);
    assert_int_equal(stat(scratch_path(&scratch, STORE_FILE), &before), 0);
    assert_int_equal(serials_current(scratch.directory), 0);
    assert_int_equal(serials_tidy(scratch.directory), 0);
    assert_int_equal(serials_current(scratch.directory), 1); /* scratch's serial */
    assert_int_equal(stat(scratch_path(&scratch, STORE_FILE), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);

    /* Killed when it had its second name and the link was not there yet. */
    assert_int_equal(renameat(scratch.directory, "serials/1.cdb", scratch.directory, STORE_FILE),
                     0);
    assert_int_equal(linkat(scratch.directory, STORE_FILE, scratch.directory, "serials/1.cdb", 0),
                     0);
    assert_int_equal(serials_tidy(scratch.directory), 0);
    assert_int_equal(serials_current(scratch.directory), 1);

    /* The older version made that serial anew. */
    unlinkat(scratch.directory, STORE_FILE, 0);
    scratch_store(&scratch, TEXT, 2);
    assert_int_equal(stat(scratch_path(&scratch, STORE_FILE), &before), 0);
    assert_int_equal(serials_tidy(scratch.directory), 0);
    assert_int_equal(serials_current(scratch.directory), 1);
    assert_int_equal(stat(scratch_path(&scratch, STORE_FILE), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(access(scratch_path(&scratch, "serials/1.cdb.new"), F_OK), -1);
}

static void test_what_is_no_store_stays(void **state)
{
    (void)state;
    scratch_write(&scratch, STORE_FILE, "not a store", 11);
    assert_int_equal(serials_tidy(scratch.directory), 0);
    assert_int_equal(serials_current(scratch.directory), 0);
    assert_kept(SERIAL_MAX, SERIALS_LIST_MAX, "");
}

/* Whoever the folder belongs to could have root remove files elsewhere. */
static void test_a_link_is_no_folder(void **state)
{
    struct serials serials;

    (void)state;
    assert_int_equal(mkdir(scratch_path(&scratch, "elsewhere"), 0755), 0);
    scratch_write(&scratch, "elsewhere/7.cdb", "x", 1);
    scratch_write(&scratch, "elsewhere/a.new", "x", 1);
    assert_int_equal(symlinkat("elsewhere", scratch.directory, SERIALS_FOLDER), 0);
    assert_int_equal(serials_open(scratch.directory), -ENOTDIR);
    assert_int_equal(serials_tidy(scratch.directory), -ENOTDIR);
    assert_int_equal(serials_list(scratch.directory, SERIAL_MAX, 1, &serials), -ENOTDIR);
    serials_prune(scratch.directory, 9, 1);
    assert_int_equal(faccessat(scratch.directory, "elsewhere/7.cdb", F_OK, 0), 0);
    assert_int_equal(faccessat(scratch.directory, "elsewhere/a.new", F_OK, 0), 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up_scratch, tear_down_scratch)
    const struct CMUnitTest tests[] = {
        TEST(test_list),
        TEST(test_list_is_bounded),
        TEST(test_switch),
        TEST(test_links_to_elsewhere),
        TEST(test_pin),
        TEST(test_prune),
        TEST(test_adopt),
        TEST(test_what_is_no_store_stays),
        TEST(test_a_link_is_no_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
