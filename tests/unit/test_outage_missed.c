/* Names that are asked for in vain: which are kept, for how long, and when the file is written. */
#include "outage/missed.h"
#include "tests/unit/scratch_lab.h"

static struct missed missed;

static void report(const char *name, int64_t now)
{
    missed_report(&missed, name, strlen(name), now);
}

/* Whether the file is there; what it says. */
static const char *written(void)
{
    static char text[4096];
    size_t len;
    char *all;

    if (access(scratch_path(&scratch, MISSED_FILE), F_OK) != 0)
        return NULL;
    all = scratch_read(&scratch, MISSED_FILE, &len);
    snprintf(text, sizeof text, "%s", all);
    free(all);
    return text;
}

static int set_up(void **state)
{
    set_up_scratch(state);
    memset(&missed, 0, sizeof missed);
    missed_open(&missed, scratch.path, true);
    return 0;
}

static void test_written(void **state)
{
    struct stat st;

    (void)state;
    report("a.example.org", 1000);
    assert_int_equal(missed_tend(&missed, false, 1000), -1);
    report("b.example.org", 1500);
    report("a.example.org", 1600);
    assert_int_equal(missed_tend(&missed, true, 2000), MISSED_WRITE_MS);
    report("c.example.org", 3000);
    assert_int_equal(missed_tend(&missed, true, 3000), MISSED_WRITE_MS - 1000);
    assert_null(written());
    assert_int_equal(missed_tend(&missed, true, 2000 + MISSED_WRITE_MS), -1);
    assert_string_equal(written(), "a.example.org\nb.example.org\nc.example.org\n");
    assert_int_equal(stat(scratch_path(&scratch, MISSED_FILE), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    /* What is there already is no reason to write. */
    report("b.example.org", 100000);
    assert_int_equal(missed_tend(&missed, true, 100000), -1);
    missed_close(&missed);
}

/* What was reported long before everything was out, or is for special use, is not kept. */
static void test_not_kept(void **state)
{
    (void)state;
    report("old.example.org", 1000);
    report("x.local", 50000);
    report("x.internal", 50000);
    report("short", 50000);
    report("new.example.org", 50000);
    missed_tend(&missed, true, 1001 + MISSED_EARLY_MS);
    missed_close(&missed);
    assert_string_equal(written(), "x.internal\nnew.example.org\n");
}

static void test_last(void **state)
{
    char name[64], *all;
    size_t len;

    (void)state;
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < MISSED_MAX; i++) {
            snprintf(name, sizeof name, "n%d-%d.example.org", round, i);
            report(name, 1000);
            missed_tend(&missed, true, 1000);
        }
    report("last.example.org", 1000);
    missed_tend(&missed, true, 1000);
    missed_close(&missed);
    all = scratch_read(&scratch, MISSED_FILE, &len);
    assert_int_equal(strncmp(all, "n2-1.example.org\n", 17), 0);
    assert_string_equal(all + len - 17, "last.example.org\n");
    free(all);
    memset(&missed, 0, sizeof missed);
    missed_open(&missed, scratch.path, true);
    assert_int_equal(missed.count, MISSED_MAX);
    missed_close(&missed);
}

static void test_switched_off(void **state)
{
    (void)state;
    report("a.example.org", 1000);
    missed_tend(&missed, true, 1000);
    missed_tend(&missed, true, 1000 + MISSED_WRITE_MS);
    assert_string_equal(written(), "a.example.org\n");
    missed_keep(&missed, false);
    assert_null(written());
    report("b.example.org", 1000);
    assert_int_equal(missed_tend(&missed, true, 1000), -1);
    missed_keep(&missed, true);
    report("c.example.org", 1000);
    missed_tend(&missed, true, 1000);
    missed_close(&missed);
    assert_string_equal(written(), "c.example.org\n");
}

/* Whatever lies there. */
static void test_damaged(void **state)
{
    static const char text[] = "a.example.org\n\nA.example.org\nx y\n../x\nb.example.org\n\0\nc";
    int fifo;

    (void)state;
    missed_close(&missed);
    memset(&missed, 0, sizeof missed);
    scratch_write(&scratch, MISSED_FILE, text, sizeof text - 1);
    missed_open(&missed, scratch.path, true);
    assert_int_equal(missed.count, 3);
    missed_close(&missed);
    assert_int_equal(unlink(scratch_path(&scratch, MISSED_FILE)), 0);
    fifo = mkfifo(scratch_path(&scratch, MISSED_FILE), 0600);
    assert_int_equal(fifo, 0);
    memset(&missed, 0, sizeof missed);
    missed_open(&missed, scratch.path, true);
    assert_int_equal(missed.count, 0);
    report("c.example.org", 1000);
    missed_tend(&missed, true, 1000);
    missed_close(&missed);
    assert_string_equal(written(), "c.example.org\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_written, set_up, tear_down_scratch),
        cmocka_unit_test_setup_teardown(test_not_kept, set_up, tear_down_scratch),
        cmocka_unit_test_setup_teardown(test_last, set_up, tear_down_scratch),
        cmocka_unit_test_setup_teardown(test_switched_off, set_up, tear_down_scratch),
        cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down_scratch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
