/* Which name is asked for when nobody has asked, and how often. */
#include "outage/periodic_probe.h"
#include "tests/unit/scratch_lab.h"
#include <stdlib.h>

#define EVERY 15000
#define ASKED 200

static struct copy_names copy_names;
static struct periodic_probe *probe;
static char name[NAME_MAX_OCTETS + 1];
static int64_t now;

static int set_up(void **state)
{
    static const struct siphash_key key = {1, 2};

    set_up_scratch(state);
    copy_names = (struct copy_names){.directory = scratch.path};
    probe = calloc(1, sizeof *probe);
    assert_non_null(probe);
    periodic_probe_open(probe, EVERY, &key);
    now = 1000000;
    return 0;
}

static int tear_down(void **state)
{
    copy_names_close(&copy_names);
    free(probe);
    return tear_down_scratch(state);
}

static void have(const char *lines)
{
    scratch_store(&scratch, lines, 4000000000);
}

static bool pick(void)
{
    return periodic_probe_pick(probe, &copy_names, now, name);
}

static void test_interval(void **state)
{
    (void)state;
    assert_int_equal(periodic_probe_wait(probe, now), 0);
    assert_true(periodic_probe_is_due(probe, now));
    assert_int_equal(periodic_probe_wait(probe, now), EVERY);
    assert_false(periodic_probe_is_due(probe, now + EVERY - 1));
    assert_true(periodic_probe_is_due(probe, now + EVERY));
    /* A shorter one holds at once. */
    probe->interval = 5000;
    assert_int_equal(periodic_probe_wait(probe, now + EVERY), 0);
    assert_true(periodic_probe_is_due(probe, now + EVERY));
    assert_int_equal(periodic_probe_wait(probe, now + EVERY), 5000);
    probe->interval = 0;
    assert_int_equal(periodic_probe_wait(probe, now + EVERY), -1);
    assert_false(periodic_probe_is_due(probe, now + EVERY * 100));
}

/* One whose TTL has not ended is asked for only if there is no other. */
static void test_ttl(void **state)
{
    (void)state;
    have("a.example.com 192.88.98.1\nb.example.com 192.88.98.2\nl.example.com 192.88.98.3\n");
    periodic_probe_answered(probe, "a.example.com", 3600, now);
    periodic_probe_answered(probe, "b.example.com", 60, now);
    for (int i = 0; i < ASKED; i++) {
        assert_true(pick());
        assert_string_equal(name, "l.example.com");
    }
    periodic_probe_answered(probe, "l.example.com", UINT32_MAX, now);
    now += 30000;
    for (int i = 0; i < ASKED; i++) {
        assert_true(pick());
        assert_string_equal(name, "b.example.com");
    }
    /* A day is the most. */
    now += INT64_C(86400) * 1000;
    periodic_probe_answered(probe, "a.example.com", 60, now);
    periodic_probe_answered(probe, "b.example.com", 60, now);
    assert_true(pick());
    assert_string_equal(name, "l.example.com");
}

static void test_private(void **state)
{
    (void)state;
    assert_false(pick());
    have("a.corp.internal 192.88.98.1\nb.corp.internal 192.88.98.2\n");
    assert_false(pick());
    have("b.example.com 192.88.98.1 10.0.0.1\n");
    assert_false(pick());
    /* Nor one that was reported. */
    copy_names_report(&copy_names, "b.example.com", strlen("b.example.com"));
    assert_false(pick());
    have("a.example.com 192.88.98.1\n");
    assert_true(pick());
    copy_names.private = true;
    assert_false(pick());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_interval, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ttl, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_private, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
