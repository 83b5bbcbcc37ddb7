/* The last drill's file: what is written is read again; whatever else stands there is as if absent.
 */
#include "scratch.h"
#include "survey/survey_kept.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char good[] = "gitdns drill 1\nmade 1790000000\nof 5402\nnames 400\nwork 391\n";

static void test_kept(void **state)
{
    const struct survey_kept kept = {.made = 1790000000, .of = 5402, .names = 400, .work = 391};
    struct survey_kept read;
    struct scratch s;

    (void)state;
    scratch_open(&s);
    assert_false(survey_kept_read(&read, scratch_path(&s, ".")));
    assert_false(survey_kept_read(&read, scratch_path(&s, "nowhere")));
    assert_int_equal(survey_kept_write(&kept, scratch_path(&s, ".")), 0);
    assert_true(survey_kept_read(&read, scratch_path(&s, ".")));
    assert_memory_equal(&read, &kept, sizeof kept);
    assert_true(survey_kept_share(&read) > 0.977 && survey_kept_share(&read) < 0.978);
    scratch_close(&s);
}

static void test_damaged(void **state)
{
    static const char *const bad[] = {
        "",
        "gitdns drill 2\nmade 1790000000\nof 5402\nnames 400\nwork 391\n",
        "gitdns drill 1\nmade 1790000000\nof 5402\nnames 400\nwork 401\n",
        "gitdns drill 1\nmade 1790000000\nof 5402\nnames 0\nwork 0\n",
        "gitdns drill 1\nmade 1790000000\nof 5402\nnames 400\nwork 391 ",
        "gitdns drill 1\nmade -1\nof 5402\nnames 400\nwork 391\n",
        "gitdns drill 1\nmade 999999999999\nof 5402\nnames 400\nwork 391\n",
        "gitdns drill 1\nmade 01790000000\nof 5402\nnames 400\nwork 391\n",
        "gitdns drill 1\nmade 1790000000\nof 5402\nnames 400\nwork 391\nmore\n",
        "gitdns drill 1\nmade 1790000000\nof 5402\nnames 400\nwork 99999999999999999999999999\n",
    };
    struct survey_kept read;
    struct scratch s;

    (void)state;
    scratch_open(&s);
    scratch_write(&s, SURVEY_FILE, good, sizeof good - 1);
    assert_true(survey_kept_read(&read, scratch_path(&s, ".")));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        scratch_write(&s, SURVEY_FILE, bad[i], strlen(bad[i]));
        assert_false(survey_kept_read(&read, scratch_path(&s, ".")));
        assert_int_equal(read.made, 0);
    }
    for (size_t len = 0; len < sizeof good - 1; len++) {
        scratch_write(&s, SURVEY_FILE, good, len);
        assert_false(survey_kept_read(&read, scratch_path(&s, ".")));
    }
    scratch_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kept), cmocka_unit_test(test_damaged)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
