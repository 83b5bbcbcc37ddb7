/* A store that was written is found as it was; what is no store is not mapped. */
#include "base/error.h"
#include "base/stamp.h"
#include "copy/copy.h"
#include "copy/serials.h"
#include "copy/store_open.h"
#include "copy/store_verify.h"
#include "registry/name.h"
#include "tests/unit/store_lab.h"
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static void open_store(struct store *store)
{
    assert_int_equal(store_open(store, scratch_path(&scratch, STORE_FILE)), 0);
}

static void test_round_trip(void **state)
{
    char page[MANIFEST_MAX_OCTETS];
    struct manifest manifest, read;
    struct record_copy copy;
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
    assert_int_equal(store_find(&store, "www.example.com", 15, &copy, &record), 1);
    assert_int_equal(record.n4, 1);
    assert_memory_equal(record.ipv4, "\x08\x08\x08\x08", 4);
    assert_int_equal(record.n6, 0);
    assert_int_equal(record.cname_len, 11);
    assert_int_equal(store_find(&store, "six.example.org", 15, &copy, &record), 1);
    assert_int_equal(record.n6, 2);
    assert_null(record.cname);
    assert_int_equal(store_find(&store, "example.org", 11, &copy, &record), 0);
    assert_int_equal(store_find(&store, "www.example.co", 14, &copy, &record), 0);
    scratch_manifest(TEXT, &manifest);
    assert_int_equal(store_manifest(&store, page, &len, &read), 0);
    assert_memory_equal(&read, &manifest, sizeof read);
    assert_int_equal(store_verify_text(&store, &read), 0);
    len = strlen("untrusted comment: none\n");
    assert_int_equal(store_meta(&store, STORE_KEY_SIGNATURE, page, sizeof page), len);
    assert_int_equal(store_meta(&store, STORE_KEY_SIGNATURE, page, len), len);
    assert_int_equal(store_meta(&store, STORE_KEY_SIGNATURE, page, len - 1), E_STORE_DAMAGED);
    assert_int_equal(store_meta(&store, 'a', page, 1), E_STORE_DAMAGED);
    store_unmap(&store);
}

/* The first octet of a key tells its kind; one-letter names are none of the others. */
static void test_keys_of_one_octet(void **state)
{
    struct record_copy copy;
    struct record record;
    struct store store;

    (void)state;
    scratch_store(&scratch, TEXT, DEADLINE);
    open_store(&store);
    assert_int_equal(store_find(&store, "a", 1, &copy, &record), 1);
    assert_memory_equal(record.ipv4, "\x0a\0\0\x01", 4);
    assert_int_equal(store_find(&store, "b", 1, &copy, &record), 0);
    store_unmap(&store);
}

/* As large as a small registry, and each name found. */
static void test_many_names(void **state)
{
    enum { NAMES = 20000 };
    char *text = malloc(NAMES * 40), name[40];
    struct record_copy copy;
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

        assert_int_equal(store_find(&store, name, (size_t)n, &copy, &record), 1);
        assert_int_equal(record.ipv4[2] << 8 | record.ipv4[3], i);
    }
    store_unmap(&store);
    free(text);
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

/* Puts a link to `target` there in one step. */
static void lead(const char *target)
{
    assert_int_equal(symlinkat(target, scratch.directory, "fresh"), 0);
    assert_int_equal(renameat(scratch.directory, "fresh", scratch.directory, STORE_FILE), 0);
}

/* Exchanges the folder of serials and a link to one where the same name is a device's. */
static int exchange(void)
{
    return renameat2(scratch.directory, SERIALS_FOLDER, scratch.directory, "link", RENAME_EXCHANGE);
}

/* Opening a device can do something by itself. Whoever waits to write to a FIFO learns of it. */
static void test_opens_no_link_but_to_a_serial(void **state)
{
    struct store store;
    pid_t flips, waits;

    (void)state;
    scratch_store(&scratch, TEXT, DEADLINE);
    assert_int_equal(mkdirat(scratch.directory, SERIALS_FOLDER, 0755), 0);
    assert_int_equal(renameat(scratch.directory, STORE_FILE, scratch.directory, "serials/7.cdb"),
                     0);
    assert_int_equal(mkfifo(scratch_path(&scratch, "device"), 0600), 0);
    assert_int_equal(mkdirat(scratch.directory, "devices", 0755), 0);
    assert_int_equal(linkat(scratch.directory, "device", scratch.directory, "devices/7.cdb", 0), 0);
    assert_int_equal(symlinkat("devices", scratch.directory, "link"), 0);
    waits = fork();
    if (waits == 0)
        _exit(open(scratch_path(&scratch, "device"), O_WRONLY) < 0);
    flips = fork();
    while (flips == 0) {
        lead("device");
        lead("serials/7.cdb");
        exchange();
        lead("serials/../device");
        exchange();
    }
    for (int i = 0; i < 20000; i++)
        if (store_open(&store, scratch_path(&scratch, STORE_FILE)) == 0)
            store_unmap(&store);
    kill(flips, SIGKILL);
    waitpid(flips, NULL, 0);
    unlinkat(scratch.directory, "fresh", 0);
    if (readlinkat(scratch.directory, "link", (char[1]){0}, 1) < 0)
        assert_int_equal(exchange(), 0);
    lead("serials/7.cdb");
    assert_int_equal(store_open(&store, scratch_path(&scratch, STORE_FILE)), 0);
    store_unmap(&store);
    assert_int_equal(waitpid(waits, NULL, WNOHANG), 0);
    assert_int_equal(exchange(), 0);
    assert_int_equal(store_open(&store, scratch_path(&scratch, STORE_FILE)), -ENOTDIR);
    assert_int_equal(store_open_file(scratch.directory, "serials/7.cdb"), -ENOTDIR);
    assert_int_equal(exchange(), 0);
    lead("device");
    assert_int_equal(store_open(&store, scratch_path(&scratch, STORE_FILE)), -ELOOP);
    kill(waits, SIGKILL);
    waitpid(waits, NULL, 0);
    unlinkat(scratch.directory, STORE_FILE, 0);
    unlinkat(scratch.directory, "fresh", 0);
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
    struct record_copy copy;
    struct record record;
    struct store store;
    unsigned found[4] = {0};

    (void)state;
    scratch_store(&scratch, TEXT, DEADLINE);
    open_store(&store);
    for (uint32_t random = 0; random < 65536; random += 7) {
        assert_int_equal(store_pick(&store, random * 65599, &copy, &record), 1);
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
        cmocka_unit_test(test_not_a_store),
        cmocka_unit_test(test_opens_no_link_but_to_a_serial),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_stamp),
        cmocka_unit_test(test_pick),
    };

    return cmocka_run_group_tests(tests, set_up_scratch, tear_down_scratch);
}
