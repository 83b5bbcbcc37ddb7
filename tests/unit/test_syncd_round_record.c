/* What a round leaves for those to come: which mirrors are left alone, and when the next is due. */
#include "syncd/round_record.h"
#include "syncd/schedule.h"
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1800000000)
#define WEEK 604800
#define A "https://a.example.org/names/"
#define B "http://b.example.org/"

static const struct config_registry both = {
    .name = "test", .urls = 2, .url = {A, B}, .interval = WEEK};
static struct round_state known;
static struct mirror mirror[CONFIG_URLS_MAX];
static int64_t deadline;

static int set_up(void **state)
{
    (void)state;
    deadline = 0;
    memset(&known, 0, sizeof known);
    memset(mirror, 0, sizeof mirror);
    return 0;
}

static void record(bool good, int64_t now)
{
    static char result[MESSAGE_OCTETS] = "so it ended";
    int64_t before = known.good;

    round_record(&known, &both, mirror, good, result, deadline, now);
    assert_string_equal(known.result, result);
    assert_int_equal(known.last, now);
    assert_int_equal(known.good, good ? now : before);
}

/* Of A, or it is not left alone. */
static void held(enum cooldown_cause cause, unsigned failures, int64_t until)
{
    const struct cooldown *cooldown = cooldowns_find(&known.cooldowns, A);

    assert_non_null(cooldown);
    assert_int_equal(cooldown->cause, cause);
    assert_int_equal(cooldown->failures, failures);
    assert_int_equal(cooldown->until, until);
}

static void is_free(const char *url)
{
    assert_null(cooldowns_find(&known.cooldowns, url));
}

static void test_failed(void **state)
{
    (void)state;
    mirror[0].standing = STANDING_FAILED;
    mirror[1].standing = STANDING_GOOD;
    record(true, NOW);
    held(COOLDOWN_FAILED, 1, NOW + COOLDOWN_FAILED_FIRST);
    is_free(B);
    record(true, NOW + 100);
    held(COOLDOWN_FAILED, 2, NOW + 100 + 2 * COOLDOWN_FAILED_FIRST);
    /* Left alone, as the round has done. */
    mirror[0].standing = STANDING_UNKNOWN;
    record(true, NOW + 150);
    held(COOLDOWN_FAILED, 2, NOW + 100 + 2 * COOLDOWN_FAILED_FIRST);
    /* Its HEAD came, and no more was asked of it. */
    mirror[0].standing = STANDING_ANSWERED;
    record(true, NOW + 300);
    is_free(A);
}

static void test_lied(void **state)
{
    (void)state;
    mirror[0].standing = STANDING_FAILED;
    mirror[0].lied = true;
    mirror[0].retry_after = 30; /* of a liar it means nothing */
    record(false, NOW);
    held(COOLDOWN_LIED, 1, NOW + COOLDOWN_LIED_FIRST);
    /* A HEAD is no proof that it has stopped. */
    mirror[0].lied = false;
    mirror[0].standing = STANDING_ANSWERED;
    record(false, NOW + 1);
    held(COOLDOWN_LIED, 1, NOW + COOLDOWN_LIED_FIRST);
    mirror[0].standing = STANDING_GOOD;
    record(true, NOW + 2);
    is_free(A);
}

static void test_busy(void **state)
{
    (void)state;
    mirror[0].standing = mirror[1].standing = STANDING_FAILED;
    mirror[0].retry_after = 900;
    record(false, NOW);
    held(COOLDOWN_BUSY, 1, NOW + 900);
    /* B may be asked sooner. */
    assert_int_equal(known.next, NOW + SCHEDULE_RETRY_FIRST);
    mirror[1].retry_after = 1800;
    record(false, NOW);
    assert_int_equal(known.next, NOW + 900);
}

static void test_other_configuration(void **state)
{
    (void)state;
    cooldowns_add(&known.cooldowns, "http://old.example.org/", COOLDOWN_LIED, 0, NOW);
    record(true, NOW);
    assert_int_equal(known.cooldowns.count, 0);
}

static void test_next(void **state)
{
    (void)state;
    record(true, NOW);
    assert_int_equal(known.failures, 0);
    assert_in_range(known.next, NOW + WEEK, NOW + WEEK + WEEK / 10);
    for (unsigned i = 0; i < 3; i++) {
        record(false, NOW);
        assert_int_equal(known.failures, i + 1);
        assert_int_equal(known.next, NOW + (SCHEDULE_RETRY_FIRST << i));
    }
    record(true, NOW);
    assert_int_equal(known.failures, 0);
    known.failures = UINT_MAX;
    record(false, NOW);
    assert_int_equal(known.failures, UINT_MAX);
}

/* Where a machine has no number of its own, one is drawn once. */
static void test_spread(void **state)
{
    uint64_t seed = schedule_machine_seed(both.name);
    int64_t next;

    (void)state;
    record(true, NOW);
    assert_true((seed == 0) == (known.seed != 0));
    if (seed == 0)
        seed = known.seed;
    next = NOW + WEEK + schedule_spread(WEEK, seed);
    assert_int_equal(known.next, next);
    record(true, NOW);
    assert_int_equal(known.next, next);
}

/* By the middle of what is left, so that a copy does not expire between two rounds. */
static void test_short_validity(void **state)
{
    (void)state;
    deadline = NOW + 10 * WEEK;
    record(true, NOW);
    assert_in_range(known.next, NOW + WEEK, NOW + WEEK + WEEK / 10);
    deadline = NOW + 86400;
    record(true, NOW);
    assert_in_range(known.next, NOW + 43200 - 4320, NOW + 43200);
    for (unsigned i = 0; i < 20; i++)
        record(false, NOW);
    assert_int_equal(known.next, NOW + SCHEDULE_RETRY_MAX);
    deadline = NOW + 1000;
    record(false, NOW);
    assert_in_range(known.next, NOW + 450, NOW + 500);
    deadline = NOW + 30;
    record(false, NOW);
    assert_int_equal(known.next, NOW + SCHEDULE_RETRY_FIRST);
    /* Nor can a publisher have machines fetch each minute. */
    for (int64_t left = 1; left < 2 * SCHEDULE_HASTENED_LEAST; left += 59) {
        deadline = NOW + left;
        record(true, NOW);
        assert_int_equal(known.next, NOW + SCHEDULE_HASTENED_LEAST);
    }
    deadline = NOW - 1;
    record(false, NOW);
    assert_int_equal(known.next, NOW + SCHEDULE_RETRY_FIRST);
    /* A server is left alone for as long as it asks. */
    deadline = NOW + 1000;
    mirror[0].standing = mirror[1].standing = STANDING_FAILED;
    mirror[0].retry_after = mirror[1].retry_after = 3600;
    record(false, NOW);
    assert_int_equal(known.next, NOW + 3600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_failed, set_up),
        cmocka_unit_test_setup(test_lied, set_up),
        cmocka_unit_test_setup(test_busy, set_up),
        cmocka_unit_test_setup(test_other_configuration, set_up),
        cmocka_unit_test_setup(test_next, set_up),
        cmocka_unit_test_setup(test_spread, set_up),
        cmocka_unit_test_setup(test_short_validity, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
