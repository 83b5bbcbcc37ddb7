/* Which of DNS's denials is taken for a wrong one, and for how long. */
#include "outage/denials.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* Last: it needs those above. */
#include <cmocka.h>

#define NAME "www.example.com"

static struct denials *denials;
static int64_t now;

static int set_up(void **state)
{
    (void)state;
    denials = calloc(1, sizeof *denials);
    assert_non_null(denials);
    now = 1000000;
    denials_begin(denials);
    assert_true(denials_name(denials, NAME, now));
    denials_end(denials);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(denials);
    return 0;
}

static void report(void)
{
    denials_report(denials, NAME, strlen(NAME), now);
}

/* What is due is asked about: DNS says so. NULL: nothing is due. Returns whether that changes
 * anything. */
static bool asked(enum denial_reply reply, bool proven)
{
    struct denial *denial = denials_next(denials, now);

    assert_non_null(denial);
    assert_string_equal(denial->name, NAME);
    return denials_take(denials, denial, reply, proven, now);
}

static void nothing_is_due(void)
{
    assert_null(denials_next(denials, now));
    assert_true(denials_wait(denials, now) > 0);
}

/* DNS has said yes, some time ago. */
static void answered(void)
{
    assert_false(asked(DENIAL_YES, false));
    now += DENIALS_QUIET_MS;
    nothing_is_due();
}

static void wrong(void)
{
    answered();
    report();
    assert_true(denial_is_doubted(denials_next(denials, now)));
    assert_true(asked(DENIAL_NO, true));
    assert_int_equal(denials->wrong, 1);
}

static void test_wrong(void **state)
{
    (void)state;
    wrong();
    nothing_is_due();
    assert_int_equal(denials_wait(denials, now), DENIALS_AGAIN_MS);
    now += DENIALS_AGAIN_MS;
    assert_false(asked(DENIAL_NO, true));
    assert_int_equal(denials->wrong, 1);
    /* An outage is neither. */
    now += DENIALS_AGAIN_MS;
    assert_false(asked(DENIAL_NO_REPLY, true));
    now += DENIALS_AGAIN_MS;
    assert_true(asked(DENIAL_YES, false));
    assert_int_equal(denials->wrong, 0);
}

static void test_not_proven(void **state)
{
    (void)state;
    answered();
    report();
    assert_false(asked(DENIAL_NO, false));
    assert_int_equal(denials->wrong, 0);
    /* However often it is reported, it is not tried again and again. */
    report();
    nothing_is_due();
    now += DENIALS_QUIET_MS;
    report();
    assert_true(asked(DENIAL_NO, true));
}

static void test_proof_is_lost(void **state)
{
    (void)state;
    wrong();
    now += DENIALS_AGAIN_MS;
    assert_true(asked(DENIAL_NO, false));
    assert_int_equal(denials->wrong, 0);
    now += DENIALS_HOURLY_MS;
    wrong();
    now += DENIALS_AGAIN_MS;
    assert_true(asked(DENIAL_NO_REPLY, false));
    assert_int_equal(denials->wrong, 0);
}

/* A filter, which has denied it from the start. */
static void test_never_answered(void **state)
{
    (void)state;
    report();
    assert_false(denial_is_doubted(denials_next(denials, now)));
    assert_false(asked(DENIAL_NO, true));
    for (int hours = 0; hours < 48; hours++) {
        now += DENIALS_HOURLY_MS;
        report();
        assert_false(asked(DENIAL_NO, true));
        assert_int_equal(denials->wrong, 0);
    }
}

static void test_nobody_reports(void **state)
{
    (void)state;
    answered();
    now += DENIALS_DAILY_MS;
    assert_false(denial_is_doubted(denials_next(denials, now)));
    assert_false(asked(DENIAL_NO, true));
    assert_int_equal(denials->wrong, 0);
}

/* After a day it is a deletion, until DNS says yes again. */
static void test_a_day(void **state)
{
    int64_t end;

    (void)state;
    wrong();
    end = now + DENIALS_BELIEVED_MS;
    for (now += DENIALS_AGAIN_MS; now < end; now += DENIALS_AGAIN_MS)
        assert_false(asked(DENIAL_NO, true));
    assert_true(asked(DENIAL_NO, true));
    assert_int_equal(denials->wrong, 0);
    for (int hours = 0; hours < 48; hours++) {
        report();
        now += DENIALS_HOURLY_MS;
        assert_false(asked(DENIAL_NO, true));
    }
    now += DENIALS_HOURLY_MS;
    wrong();
}

static void test_another_dns(void **state)
{
    (void)state;
    wrong();
    denials_forget(denials, now);
    assert_int_equal(denials->wrong, 0);
    report();
    assert_false(asked(DENIAL_NO, true));
    assert_int_equal(denials->wrong, 0);
}

static void test_after_a_suspend(void **state)
{
    (void)state;
    wrong();
    denials_doubt(denials, now);
    assert_int_equal(denials->wrong, 0);
    assert_true(denial_is_doubted(denials_next(denials, now)));
    assert_true(asked(DENIAL_NO, true));
}

static void test_names(void **state)
{
    char name[NAME_MAX_OCTETS + 1];

    (void)state;
    wrong();
    denials->denial[0].shown = true;
    /* It is named no more, and has its place until it is off the board. */
    denials_begin(denials);
    for (int i = 0; i < DENIALS_MAX - 1; i++) {
        snprintf(name, sizeof name, "n%d.example.com", i);
        assert_true(denials_name(denials, name, now));
        assert_true(denials_name(denials, name, now));
    }
    assert_false(denials_name(denials, "more.example.com", now));
    denials_end(denials);
    assert_int_equal(denials->wrong, 0);
    assert_false(denials_name(denials, "more.example.com", now));
    denials->denial[0].shown = false;
    assert_true(denials_name(denials, "more.example.com", now));
    /* Of others nothing is made. */
    report();
    denials_begin(denials);
    denials_end(denials);
    assert_int_equal(denials_wait(denials, now), -1);
    assert_null(denials_next(denials, now));
}

/* NAME in the last place. */
static void name_many(void)
{
    denials_begin(denials);
    denials_end(denials);
    denials_begin(denials);
    for (int i = 0; i < DENIALS_MAX; i++) {
        char name[NAME_MAX_OCTETS + 1];

        snprintf(name, sizeof name, "n%d.example.com", i);
        denials_name(denials, i == DENIALS_MAX - 1 ? NAME : name, now);
    }
    denials_end(denials);
}

/* However often others are reported, and as long as each of them takes: what is answered is asked
 * about within a minute, and so is each of the others in its turn. */
static void test_many_reported(void **state)
{
    const int64_t takes = 8000;
    struct denial *denial;
    unsigned asked_about[DENIALS_MAX] = {0};

    (void)state;
    name_many();
    while ((denial = denials_next(denials, now)) != NULL)
        denials_take(denials, denial, DENIAL_YES, false, now);
    now += DENIALS_QUIET_MS;
    report();
    assert_true(asked(DENIAL_NO, true));
    for (unsigned turn = 0; turn < 2 * DENIALS_MAX; turn++) {
        for (unsigned i = 0; i < DENIALS_MAX; i++)
            denials_report(denials, denials->denial[i].name, strlen(denials->denial[i].name), now);
        denial = denials_next(denials, now);
        assert_non_null(denial);
        assert_true(denials->denial[DENIALS_MAX - 1].next >= now - takes);
        asked_about[denial - denials->denial]++;
        now += takes;
        denials_take(denials, denial, DENIAL_NO, denial->state == DENIAL_WRONG, now);
    }
    assert_int_equal(denials->wrong, 1);
    for (unsigned i = 0; i < DENIALS_MAX; i++)
        assert_true(asked_about[i] > 0);
}

/* Who waits comes first. */
static void test_turns(void **state)
{
    (void)state;
    answered();
    denials_begin(denials);
    for (int i = 0; i < DENIALS_MAX; i++) {
        char name[NAME_MAX_OCTETS + 1];

        snprintf(name, sizeof name, "n%d.example.com", i);
        denials_name(denials, i == 0 ? NAME : name, now - 10);
    }
    denials_end(denials);
    report();
    assert_string_equal(denials_next(denials, now)->name, NAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_wrong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_proven, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_proof_is_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_never_answered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_reports, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_dns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_after_a_suspend, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_reported, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_turns, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
