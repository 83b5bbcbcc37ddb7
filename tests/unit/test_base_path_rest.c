#include "base/path_rest.h"
#include "tests/unit/scratch_lab.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The components of a path, with bars between. */
static const char *taken(const char *here, const char *path)
{
    static char all[4 * PATH_MAX];
    struct path_rest rest;
    char name[NAME_MAX + 1];

    all[0] = '\0';
    assert_int_equal(path_rest_set(&rest, here, path), 0);
    while (rest.text[0] != '\0') {
        assert_int_equal(path_rest_take(&rest, name), 0);
        sprintf(all + strlen(all), "%s|", name);
    }
    assert_int_equal(path_rest_take(&rest, name), 0);
    assert_string_equal(name, "");
    return all;
}

static void test_take(void **state)
{
    (void)state;
    assert_string_equal(taken("", "/"), "");
    assert_string_equal(taken("", ""), "");
    assert_string_equal(taken("", "/a/b"), "a|b|");
    assert_string_equal(taken("", "//a///b//"), "a|b|");
    assert_string_equal(taken("/here", "a/../."), "here|a|..|.|");
}

static void test_long(void **state)
{
    char path[2 * PATH_MAX + 1], name[NAME_MAX + 1];
    struct path_rest rest;

    (void)state;
    memset(path, 'a', sizeof path);
    path[NAME_MAX] = '\0';
    assert_int_equal(path_rest_set(&rest, "", path), 0);
    assert_int_equal(path_rest_take(&rest, name), 0);
    assert_int_equal(strlen(name), NAME_MAX);
    path[NAME_MAX] = 'a';
    path[NAME_MAX + 1] = '\0';
    assert_int_equal(path_rest_set(&rest, "", path), 0);
    assert_int_equal(path_rest_take(&rest, name), -ENAMETOOLONG);
    path[NAME_MAX + 1] = 'a';
    path[2 * PATH_MAX - 2] = '\0';
    assert_int_equal(path_rest_set(&rest, "", path), 0);
    path[2 * PATH_MAX - 2] = 'a';
    path[2 * PATH_MAX - 1] = '\0';
    assert_int_equal(path_rest_set(&rest, "", path), -ENAMETOOLONG);
}

static int follow(struct path_rest *rest, const char *target)
{
    const char *path = scratch_path(&scratch, "link");
    int fd, r;

    unlink(path);
    assert_int_equal(symlink(target, path), 0);
    fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    assert_true(fd >= 0);
    r = path_rest_follow(rest, fd);
    close(fd);
    return r;
}

static void test_follow(void **state)
{
    char longest[PATH_MAX];
    struct path_rest rest;

    (void)state;
    path_rest_set(&rest, "", "left/over");
    assert_int_equal(follow(&rest, "../to"), 0);
    assert_string_equal(rest.text, "../to/left/over");
    assert_int_equal(follow(&rest, "//root/"), 1);
    assert_string_equal(rest.text, "root//../to/left/over");
    path_rest_set(&rest, "", "");
    assert_int_equal(follow(&rest, "/"), 1);
    assert_string_equal(rest.text, "");

    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(follow(&rest, longest), 0);
    assert_int_equal(follow(&rest, longest), -ENAMETOOLONG);
}

static void test_loop(void **state)
{
    struct path_rest rest;

    (void)state;
    path_rest_set(&rest, "", "");
    for (int i = 0; i < 40; i++) {
        assert_int_equal(follow(&rest, "x"), 0);
        rest.text[0] = '\0';
    }
    assert_int_equal(follow(&rest, "x"), -ELOOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_follow),
        cmocka_unit_test(test_loop),
    };

    return cmocka_run_group_tests(tests, set_up_scratch, tear_down_scratch);
}
