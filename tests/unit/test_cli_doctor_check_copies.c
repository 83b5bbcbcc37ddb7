/* What doctor finds wrong with several copies, and with the policy by which they answer. */
#include "base/error.h"
#include "base/number.h"
#include "cli/doctor_check_copies.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1800000000)

static struct cli cli;
static struct doctor_facts facts;
static struct faults faults;
static struct status_registry *const one = &facts.status.registry[0];

static struct status_registry good_copy(const char *name)
{
    struct status_registry registry = {.deadline = NOW + 59 * DAY,
                                       .manifest = {.serial = 7, .created = NOW - DAY},
                                       .created = NOW - DAY,
                                       .expires = NOW + 59 * DAY,
                                       .newest = 7,
                                       .known = true,
                                       .asked = true};

    strcpy(registry.copy.name, name);
    return registry;
}

static int set_up(void **state)
{
    (void)state;
    cli = (struct cli){.configured = true, .config_path = CONFIG_PATH};
    facts = (struct doctor_facts){
        .cli = &cli,
        .reload = "have it read",
        .beginning = "begin",
        .status = {.now = NOW, .registries = 1, .has_copy = true, .outage = {.watched = true}}};
    *one = good_copy("mine");
    for (unsigned i = 0; i < POLICY_REGISTRIES_MAX; i++)
        strcpy(facts.publisher[i].mend, "publish");
    return 0;
}

static void check(void)
{
    faults.count = 0;
    doctor_check_copies(&facts, &faults);
    doctor_check_policy(&facts, &faults);
    doctor_check_rounds(&facts, &faults);
}

static void assert_fault(unsigned i, enum health health, const char *what, const char *mend)
{
    assert_true(i < faults.count);
    if (strstr(faults.fault[i].what, what) == NULL)
        fail_msg("`%s' instead of `%s'", faults.fault[i].what, what);
    assert_string_equal(faults.fault[i].mend, mend);
    assert_int_equal(faults.fault[i].health, health);
}

/* One fault and no other. */
static void assert_finds(enum health health, const char *what, const char *mend)
{
    check();
    assert_fault(0, health, what, mend);
    assert_int_equal(faults.count, 1);
}

/* One that answers protects the machine, whatever became of the others. */
static void test_several(void **state)
{
    (void)state;
    facts.status.registries = 3;
    facts.status.registry[1] = good_copy("corp");
    facts.status.registry[2] = good_copy("starter");
    check();
    assert_int_equal(faults.count, 0);
    facts.status.registry[1].store_error = -ENOENT;
    assert_finds(HEALTH_DEGRADED, "corp: there is no copy", "gitdns pull --registry corp");
    facts.has_domains[1] = true;
    assert_finds(HEALTH_DEGRADED, "at and below its domains nothing is answered",
                 "gitdns pull --registry corp");
    facts.status.registry[1] = good_copy("corp");
    facts.status.registry[1].deadline = NOW - 1;
    assert_finds(HEALTH_DEGRADED,
                 "corp: the copy expired 1 second ago: the module answers nothing from it; at and",
                 "gitdns pull --registry corp");
    facts.status.registry[1] = good_copy("corp");
    facts.status.registry[2].pinned = 7;
    facts.status.registry[2].newest = 8;
    assert_finds(HEALTH_DEGRADED, "starter: the copy is pinned to serial 7",
                 "gitdns checkout latest --registry starter");
    facts.status.registry[2] = good_copy("starter");
    facts.status.registry[2].known = false;
    assert_finds(HEALTH_DEGRADED, "starter: the copy was never", "gitdns pull --registry starter");
    facts.status.registry[2].known = true;
    facts.status.registry[2].rounds.failures = 2;
    check();
    assert_int_equal(faults.count, 0);
    facts.status.registry[2].created = NOW - 61 * DAY;
    assert_finds(HEALTH_DEGRADED, "starter: the copy was not refreshed, 2 times",
                 "gitdns pull --registry starter");
}

static void test_none_of_several(void **state)
{
    (void)state;
    facts.status.registries = 2;
    facts.status.registry[1] = good_copy("corp");
    facts.status.has_copy = false;
    one->store_error = -ENOENT;
    facts.status.registry[1].deadline = NOW - 1;
    check();
    assert_int_equal(faults.count, 2);
    assert_fault(0, HEALTH_UNPROTECTED, "mine: there is no copy", "gitdns pull --registry mine");
    assert_fault(1, HEALTH_UNPROTECTED, "corp: the copy expired", "gitdns pull --registry corp");
}

/* The one that was chosen is called by its name in commands alone. */
static void test_chosen(void **state)
{
    (void)state;
    cli.registry_name = "mine";
    one->known = false;
    check();
    assert_fault(0, HEALTH_DEGRADED, "the copy was never", "gitdns pull --registry mine");
    assert_int_equal(strncmp(faults.fault[0].what, "the copy", 8), 0);
}

/* One failed round, or sixty, of a copy that is as good as it would be without them. */
static void test_failed_rounds(void **state)
{
    struct config_registry config = {.interval = DAY};

    (void)state;
    one->rounds.failures = 60;
    strcpy(one->rounds.result, "no answer");
    check();
    assert_int_equal(faults.count, 0);
    one->created = one->manifest.created = NOW - 30 * DAY;
    one->expires = one->deadline = NOW + 30 * DAY;
    check();
    assert_int_equal(faults.count, 0);
    one->deadline--;
    assert_finds(HEALTH_DEGRADED, "not refreshed, 60 times in a row: no answer", "gitdns pull");
    /* Of a pinned copy the newest one's age counts. */
    one->pinned = 7;
    one->created = NOW - 29 * DAY;
    check();
    assert_int_equal(faults.count, 0);
    *one = good_copy("mine");
    one->rounds.failures = 1;
    one->usual = DAY;
    one->created = NOW - 3 * DAY;
    check();
    assert_int_equal(faults.count, 0);
    one->copy.registry = &config;
    assert_finds(HEALTH_DEGRADED, "not refreshed, 1 time in a row", "gitdns pull");
    *one = good_copy("mine");
    one->rounds.failures = 1;
    one->store_error = -ENOENT;
    facts.status.has_copy = false;
    check();
    assert_int_equal(faults.count, 2);
    assert_fault(1, HEALTH_DEGRADED, "not refreshed, 1 time", "gitdns pull");
}

static void test_publisher_has_stopped(void **state)
{
    (void)state;
    one->usual = DAY;
    one->rounds.last = NOW;
    one->created = NOW - 2 * DAY - 12 * HOUR;
    check();
    assert_int_equal(faults.count, 0);
    one->created--;
    assert_finds(HEALTH_DEGRADED,
                 "the publisher has stopped: nothing new for 3 days; before, it was every 24 hours",
                 "publish");
    /* Who cannot look does not know. */
    one->rounds.failures = 1;
    check();
    assert_int_equal(faults.count, 0);
    one->rounds.failures = 0;
    one->rounds.last--;
    check();
    assert_int_equal(faults.count, 0);
    one->rounds.last = NOW;
    one->manifest.created = NOW - 59 * DAY;
    one->deadline = NOW + DAY;
    assert_finds(HEALTH_DEGRADED, "the copy expires in 24 hours", "publish");
    *one = good_copy("mine");
    one->rounds.last = NOW;
    one->created = NOW - 30 * DAY - 1;
    one->expires = NOW + 30 * DAY;
    assert_finds(HEALTH_DEGRADED, "the publisher has stopped: nothing new for 30 days", "publish");
    strcpy(one->copy.name, "starter");
    check();
    assert_int_equal(faults.count, 0);
    /* A copy that had expired when a round was good was put there by hand. */
    *one = good_copy("mine");
    one->rounds.last = NOW;
    one->created = one->manifest.created = NOW - 60 * DAY;
    one->expires = one->deadline = NOW - 1;
    facts.status.has_copy = false;
    assert_finds(HEALTH_UNPROTECTED, "the copy expired", "gitdns pull");
}

/* On this machine the clock tells, whatever rounds say. */
static void test_own_publisher_has_stopped(void **state)
{
    (void)state;
    facts.publisher[0] = (struct doctor_publisher){.own = true, .daily = true, .mend = "start it"};
    one->rounds.failures = 1;
    one->created = NOW - 2 * DAY - 12 * HOUR - 1;
    assert_finds(HEALTH_DEGRADED, "the publisher has stopped: nothing new for 3 days", "start it");
    one->created++;
    check();
    assert_int_equal(faults.count, 0);
    one->created--;
    one->deadline = NOW - 1;
    facts.status.has_copy = false;
    check();
    assert_fault(0, HEALTH_UNPROTECTED, "the copy expired", "start it");
}

static void test_first_copy_is_awaited(void **state)
{
    (void)state;
    facts.status.registries = 2;
    facts.status.registry[1] = good_copy("local");
    facts.status.registry[1].store_error = -ENOENT;
    facts.status.registry[1].awaited = true;
    facts.status.registry[1].known = false;
    facts.status.registry[1].rounds.failures = 6;
    check();
    assert_int_equal(faults.count, 0);
    facts.status.registry[1].rounds.failures = 7;
    assert_finds(HEALTH_DEGRADED, "local: the first copy is not made: 7 times in a row", "publish");
    facts.status.registry[1].rounds.failures = 1;
    strcpy(one->copy.name, "starter");
    facts.status.starter = true;
    assert_finds(HEALTH_DEGRADED,
                 "local: first copy is being made; until then the starter alone answers",
                 "publish");
    facts.status.registry[0] = facts.status.registry[1];
    facts.status.registries = 1;
    facts.status.starter = facts.status.has_copy = false;
    assert_finds(HEALTH_UNPROTECTED, "first copy is being made: until then the module answers",
                 "publish");
    facts.status.has_copy = true;
    cli.registry_name = "local";
    assert_finds(HEALTH_DEGRADED, "first copy is being made", "publish");
}

static void test_starter_alone(void **state)
{
    (void)state;
    strcpy(one->copy.name, "starter");
    facts.status.starter = true;
    assert_finds(HEALTH_DEGRADED, "the starter alone answers", "begin");
    /* The other one's fault says it all. */
    facts.status.registries = 2;
    facts.status.registry[1] = good_copy("corp");
    facts.status.registry[1].store_error = -ENOENT;
    assert_finds(HEALTH_DEGRADED, "corp: there is no copy", "gitdns pull --registry corp");
}

static void test_policy(void **state)
{
    (void)state;
    facts.unsettled = true;
    assert_finds(HEALTH_DEGRADED, "/policy.cdb does not say what " CONFIG_PATH " does",
                 "have it read");
    facts.status.policy_error = E_STORE_DAMAGED;
    assert_finds(HEALTH_UNPROTECTED, "/policy.cdb: ", "have it read");
    facts.status.outage.silent = true;
    check();
    assert_fault(0, HEALTH_UNPROTECTED, "/policy.cdb: ", "gitdns pull");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_several, set_up),
        cmocka_unit_test_setup(test_none_of_several, set_up),
        cmocka_unit_test_setup(test_chosen, set_up),
        cmocka_unit_test_setup(test_failed_rounds, set_up),
        cmocka_unit_test_setup(test_publisher_has_stopped, set_up),
        cmocka_unit_test_setup(test_own_publisher_has_stopped, set_up),
        cmocka_unit_test_setup(test_first_copy_is_awaited, set_up),
        cmocka_unit_test_setup(test_starter_alone, set_up),
        cmocka_unit_test_setup(test_policy, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
