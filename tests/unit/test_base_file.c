#include "base/base.h"
#include "base/error.h"
#include "base/file.h"
#include "tests/unit/scratch_lab.h"
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>

static void test_read(void **state)
{
    char out[8] = "-------";

    (void)state;
    scratch_write(&scratch, "five", "12345", 5);
    scratch_write(&scratch, "empty", "", 0);
    assert_int_equal(file_read(scratch.directory, "five", out, 5), 5);
    assert_memory_equal(out, "12345--", 7);
    assert_int_equal(file_read(scratch.directory, "five", out, 6), 5);
    assert_int_equal(file_read(scratch.directory, "five", out, 4), E_FILE_LONG);
    assert_int_equal(file_read(scratch.directory, "five", out, 0), E_FILE_LONG);
    assert_int_equal(file_read(scratch.directory, "empty", out, 0), 0);
    assert_int_equal(file_read(scratch.directory, "none", out, 5), -ENOENT);
    assert_int_equal(file_read(AT_FDCWD, scratch_path(&scratch, "five"), out, 5), 5);
    assert_int_equal(file_read(AT_FDCWD, scratch.path, out, 5), -EISDIR);
    assert_int_equal(mkfifo(scratch_path(&scratch, "fifo"), 0600), 0);
    assert_int_equal(file_read(scratch.directory, "fifo", out, 5), -EINVAL);
    assert_int_equal(file_read(AT_FDCWD, "/dev/zero", out, 5), -EINVAL);
}

static bool holds(const char *name, const char *want)
{
    size_t len;
    char *text = scratch_read(&scratch, name, &len);
    bool same = strcmp(text, want) == 0;

    free(text);
    return same;
}

static bool exists(const char *name)
{
    return faccessat(scratch.directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void test_replace(void **state)
{
    struct stat st;

    (void)state;
    umask(077);
    assert_int_equal(file_replace(scratch.directory, "state", "one", 3, 0644), 0);
    umask(022);
    assert_true(holds("state", "one"));
    assert_int_equal(stat(scratch_path(&scratch, "state"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    assert_int_equal(file_replace(scratch.directory, "state", "other", 5, 0644), 0);
    assert_true(holds("state", "other"));
    assert_int_equal(file_replace(scratch.directory, "state", "", 0, 0644), 0);
    assert_true(holds("state", ""));
    assert_false(exists("state.new"));
}

static void test_replace_leftover(void **state)
{
    (void)state;
    scratch_write(&scratch, "state", "old", 3);
    scratch_write(&scratch, "state.new", "leftover", 8);
    assert_int_equal(file_replace(scratch.directory, "state", "new", 3, 0644), 0);
    assert_true(holds("state", "new"));
    assert_false(exists("state.new"));
    /* A link that lies there is removed, not followed. */
    scratch_write(&scratch, "precious", "octets", 6);
    assert_int_equal(symlinkat("precious", scratch.directory, "state.new"), 0);
    assert_int_equal(file_replace(scratch.directory, "state", "newer", 5, 0644), 0);
    assert_true(holds("state", "newer"));
    assert_true(holds("precious", "octets"));
    assert_false(exists("state.new"));
}

static void test_replace_fails(void **state)
{
    struct rlimit limit, small;
    char name[300] = "";

    (void)state;
    scratch_write(&scratch, "state", "old", 3);
    /* A file that may not grow, as on a full disk. */
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit, small.rlim_cur = 2;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(file_replace(scratch.directory, "state", "new", 3, 0644), -EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_true(holds("state", "old"));
    assert_false(exists("state.new"));
    /* A folder in its place. */
    assert_int_equal(mkdirat(scratch.directory, "folder", 0700), 0);
    assert_int_equal(file_replace(scratch.directory, "folder", "new", 3, 0644), -EISDIR);
    assert_false(exists("folder.new"));
    assert_int_equal(mkdirat(scratch.directory, "state.new", 0700), 0);
    assert_int_equal(file_replace(scratch.directory, "state", "new", 3, 0644), -EISDIR);
    assert_true(holds("state", "old"));
    memset(name, 'x', NAME_MAX - 4);
    assert_int_equal(file_replace(scratch.directory, name, "new", 3, 0644), -ENAMETOOLONG);
    name[NAME_MAX - 5] = '\0';
    assert_int_equal(file_replace(scratch.directory, name, "new", 3, 0644), 0);
    assert_true(holds(name, "new"));
    assert_int_equal(file_replace(-1, "state", "new", 3, 0644), -EBADF);
}

static void test_sha256(void **state)
{
    enum { OCTETS = 200000 };
    char *text = malloc(OCTETS);
    unsigned char want[SHA256_OCTETS], got[SHA256_OCTETS];
    uint64_t octets;
    int fd;

    (void)state;
    for (int i = 0; i < OCTETS; i++)
        text[i] = (char)(i * 7);
    scratch_write(&scratch, "long", text, OCTETS);
    fd = open(scratch_path(&scratch, "long"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(file_sha256(fd, &octets, got), 0);
    crypto_hash_sha256(want, (unsigned char *)text, OCTETS);
    assert_int_equal(octets, OCTETS);
    assert_memory_equal(got, want, sizeof got);
    /* From where it stands. */
    assert_int_equal(lseek(fd, 1000, SEEK_SET), 1000);
    assert_int_equal(file_sha256(fd, &octets, got), 0);
    crypto_hash_sha256(want, (unsigned char *)text + 1000, OCTETS - 1000);
    assert_int_equal(octets, OCTETS - 1000);
    assert_memory_equal(got, want, sizeof got);
    close(fd);
    assert_int_equal(file_sha256(-1, &octets, got), -EBADF);
    free(text);
}

static void test_error_texts(void **state)
{
    (void)state;
    for (int code = E_NAME_SYNTAX; code <= E_STOPPED; code++) {
        const char *text = error_text(code);

        assert_true(text[0] != '\0' && text[strlen(text) - 1] != '.');
        assert_null(strstr(text, "nknown"));
        for (int other = E_NAME_SYNTAX; other < code; other++)
            assert_string_not_equal(error_text(other), text);
    }
    assert_string_equal(error_text(-ENOENT), strerror(ENOENT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_replace),
        cmocka_unit_test(test_replace_leftover),
        cmocka_unit_test(test_replace_fails),
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_error_texts),
    };

    return cmocka_run_group_tests(tests, set_up_scratch, tear_down_scratch);
}
