/* What is not looked into. */
#include "mentions/mounts_to_avoid.h"
#include "tests/unit/scratch_lab.h"

static void test_table(void **state)
{
    static const char table[] = "server:/ / nfs rw 0 0\n"
                                "/dev/sda1 /srv ext4 rw 0 0\n"
                                "server:/x /srv/x nfs4 rw 0 0\n"
                                "server:/y /srv/with\\040blank nfs rw 0 0\n"
                                "u@h: /home/u/far fuse.sshfs rw 0 0\n"
                                "systemd-1 /net autofs rw 0 0\n"
                                "broken\n\n# x\n";
    struct mounts_to_avoid mounts;

    (void)state;
    scratch_write(&scratch, "mounts", table, sizeof table - 1);
    assert_int_equal(mounts_to_avoid_read(&mounts, scratch_path(&scratch, "mounts")), 0);
    assert_int_equal(mounts.count, 4);
    assert_true(mounts_to_avoid_have(&mounts, "/srv/x"));
    assert_true(mounts_to_avoid_have(&mounts, "/srv/x/.git/config"));
    assert_true(mounts_to_avoid_have(&mounts, "/srv/with blank/a"));
    assert_true(mounts_to_avoid_have(&mounts, "/home/u/far/.npmrc"));
    assert_true(mounts_to_avoid_have(&mounts, "/net/host"));
    assert_false(mounts_to_avoid_have(&mounts, "/srv/xy"));
    assert_false(mounts_to_avoid_have(&mounts, "/srv"));
    assert_false(mounts_to_avoid_have(&mounts, "/etc/fstab"));
    mounts_to_avoid_free(&mounts);
    assert_int_equal(mounts_to_avoid_read(&mounts, scratch_path(&scratch, "none")), 0);
    assert_int_equal(mounts.count, 0);
    mounts_to_avoid_free(&mounts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_table, set_up_scratch, tear_down_scratch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
