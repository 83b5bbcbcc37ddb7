/* For how long a name has stood, by the serials that are kept. */
#include "base/number.h"
#include "copy/serials.h"
#include "outage/serial_history.h"
#include "tests/unit/scratch_lab.h"

#define NAME "www.example.com"
#define WITH NAME " 192.88.98.1\n"
#define WITHOUT "other.example.com 192.88.98.1\n"
#define START INT64_C(1790000000)

static struct policy policy;

static int set_up(void **state)
{
    policy_default(&policy);
    return set_up_scratch(state);
}

/* A serial created so many days after the first. */
static void keep(uint32_t serial, double days, const char *text)
{
    char path[SERIAL_PATH_OCTETS];
    struct manifest manifest;
    int serials = serials_open(scratch.directory);

    scratch_manifest(text, &manifest);
    manifest.serial = serial;
    manifest.created = START + (int64_t)(days * DAY);
    manifest.expires = manifest.created + DAY;
    unlinkat(scratch.directory, STORE_FILE, 0);
    assert_int_equal(scratch_install(scratch.directory, text, &manifest, 4000000000), 0);
    serial_path(serial, path);
    assert_int_equal(renameat(scratch.directory, STORE_FILE, scratch.directory, path), 0);
    assert_int_equal(serials_switch(scratch.directory, serial), 0);
    close(serials);
}

static bool stands(void)
{
    return serial_history_has(&policy, scratch.path, 0, NAME);
}

static void test_a_week(void **state)
{
    (void)state;
    assert_false(stands());
    keep(1, 0, WITH);
    keep(2, 3, WITH);
    assert_false(stands());
    keep(3, 6.9, WITH);
    assert_false(stands());
    keep(4, 7, WITH);
    assert_true(stands());
    /* Of those above the one that answers nothing counts. */
    assert_int_equal(serials_switch(scratch.directory, 3), 0);
    assert_false(stands());
}

static void test_three_at_least(void **state)
{
    (void)state;
    keep(1, 0, WITH);
    keep(2, 30, WITH);
    assert_false(stands());
    keep(3, 30, WITH);
    assert_true(stands());
}

/* It has to be in all of them. */
static void test_gap(void **state)
{
    (void)state;
    keep(1, 0, WITH);
    keep(2, 3, WITHOUT);
    keep(3, 6, WITH);
    keep(4, 9, WITH);
    assert_false(stands());
    keep(5, 12, WITH);
    assert_false(stands());
    keep(6, 13, WITH);
    assert_true(stands());
    keep(7, 14, WITHOUT);
    assert_false(stands());
}

static void test_damaged(void **state)
{
    (void)state;
    keep(1, 0, WITH);
    keep(2, 3, WITH);
    keep(3, 8, WITH);
    assert_true(stands());
    scratch_write(&scratch, "serials/2.cdb", "none", 4);
    assert_false(stands());
}

/* One that is no link to a kept serial, as a store of an earlier version. */
static void test_no_serials(void **state)
{
    (void)state;
    scratch_store(&scratch, WITH, 4000000000);
    assert_false(stands());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_week, set_up, tear_down_scratch),
        cmocka_unit_test_setup_teardown(test_three_at_least, set_up, tear_down_scratch),
        cmocka_unit_test_setup_teardown(test_gap, set_up, tear_down_scratch),
        cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down_scratch),
        cmocka_unit_test_setup_teardown(test_no_serials, set_up, tear_down_scratch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
