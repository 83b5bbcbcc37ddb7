/* When rounds are due, and the state file that remembers it. */
#include "syncd/schedule.h"
#include "tests/unit/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define WEEK 604800
#define NOW 1800000000

static void test_spread(void **state)
{
    int64_t least = WEEK, most = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        int64_t spread = schedule_spread(WEEK, seed * UINT64_C(0x9e3779b97f4a7c15));
        assert_in_range(spread, 0, WEEK / 10);
        least = spread < least ? spread : least;
        most = spread > most ? spread : most;
    }
    assert_true(least < WEEK / 100 && most > WEEK / 11);
    assert_in_range(schedule_spread(60, UINT64_MAX), 0, 6);
    assert_int_equal(schedule_machine_seed("a"), schedule_machine_seed("a"));
    if (access("/etc/machine-id", R_OK) == 0 && schedule_machine_seed("a") != 0)
        assert_int_not_equal(schedule_machine_seed("a"), schedule_machine_seed("b"));
}

static void test_delay(void **state)
{
    (void)state;
    assert_int_equal(schedule_delay(WEEK, 5000, 0, 0), WEEK + 5000);
    assert_int_equal(schedule_delay(WEEK, 5000, 0, 3600), WEEK + 5000);
    for (unsigned failures = 1, delay = 60; failures < 10; failures++, delay *= 2)
        assert_int_equal(schedule_delay(WEEK, 5000, failures, 0), delay < 21600 ? delay : 21600);
    assert_int_equal(schedule_delay(WEEK, 5000, 4000000000, 0), 21600);
    assert_int_equal(schedule_delay(WEEK, 0, 1, 30), 60);
    assert_int_equal(schedule_delay(WEEK, 0, 1, 7200), 7200);
    assert_int_equal(schedule_delay(WEEK, 0, 1, INT64_MAX), 86400);
}

static void test_network_late(void **state)
{
    (void)state;
    assert_int_equal(schedule_network_late(0), 60);
    assert_int_equal(schedule_network_late(1999), 59);
    assert_int_equal(schedule_network_late(59999), 1);
    assert_int_equal(schedule_network_late(60000), 0);
    assert_int_equal(schedule_network_late(INT64_MAX), 0);
}

static void test_due(void **state)
{
    struct round_state known = {.last = NOW, .next = NOW + WEEK + 5000};

    (void)state;
    assert_true(schedule_due(&(struct round_state){0}, WEEK, NOW));
    assert_false(schedule_due(&known, WEEK, NOW));
    assert_false(schedule_due(&known, WEEK, known.next - 1));
    assert_true(schedule_due(&known, WEEK, known.next));
    assert_true(schedule_due(&known, WEEK, known.next + 10 * WEEK));
    /* A clock that was set back, by much and by little. */
    assert_true(schedule_due(&known, WEEK, NOW - 10 * WEEK));
    assert_true(schedule_due(&known, WEEK, NOW - 1));
    /* A shorter interval was configured meanwhile. */
    assert_true(schedule_due(&known, 3600, NOW + 10));
    /* What a failure or a server asked for may be longer than the interval. */
    known.next = NOW + SCHEDULE_RETRY_AFTER_MAX;
    assert_false(schedule_due(&known, 60, NOW + 10));
}

static void test_state_file(void **state)
{
    struct scratch scratch;
    struct round_state known = {
        .last = NOW, .good = NOW - 5, .next = NOW + WEEK, .failures = 3, .seed = UINT64_MAX};
    struct round_state again;

    (void)state;
    scratch_open(&scratch);
    assert_false(round_state_read(&again, scratch.directory));
    assert_int_equal(round_state_write(&known, scratch.directory), 0);
    assert_true(round_state_read(&again, scratch.directory));
    assert_string_equal(again.result, "");
    memset(known.result, 'x', sizeof known.result - 1);
    assert_int_equal(round_state_write(&known, scratch.directory), 0);
    assert_true(round_state_read(&again, scratch.directory));
    assert_memory_equal(&again, &known, sizeof known);
    scratch_close(&scratch);
}

/* Of a version that did not keep when the last good round was. */
static void test_former_state(void **state)
{
    static const char good[] = "gitdns state 1\nlast 7\nnext 9\nfailures 0\nseed 0\nresult a\n";
    static const char bad[] = "gitdns state 1\nlast 7\nnext 9\nfailures 2\nseed 0\nresult a\n";
    struct scratch scratch;
    struct round_state known;

    (void)state;
    scratch_open(&scratch);
    scratch_write(&scratch, STATE_FILE, good, strlen(good));
    assert_true(round_state_read(&known, scratch.directory));
    assert_int_equal(known.good, 7);
    assert_int_equal(known.next, 9);
    scratch_write(&scratch, STATE_FILE, bad, strlen(bad));
    assert_true(round_state_read(&known, scratch.directory));
    assert_int_equal(known.good, 0);
    scratch_close(&scratch);
}

/* Every damage gives a state of zeros, as if there were none. */
static void test_damaged_state(void **state)
{
    static const char *const damaged[] = {
        "",
        "\n",
        "gitdns state 1\n",
        "gitdns state 0\nlast 1\nnext 2\nfailures 0\nseed 0\nresult a\n",
        "gitdns state 2\nlast 1\nnext 2\nfailures 0\nseed 0\nresult a\n",
        "gitdns state 2\nlast 1\ngood -1\nnext 2\nfailures 0\nseed 0\nresult a\n",
        "gitdns state 2\nlast 1\ngood 253402300800\nnext 2\nfailures 0\nseed 0\nresult a\n",
        "gitdns state 1\nlast 1\ngood 1\nnext 2\nfailures 0\nseed 0\nresult a\n",
        "gitdns state 3\nlast 1\ngood 1\nnext 2\nfailures 0\nseed 0\nresult a\n",
        "gitdns state 1\nlast -1\nnext 2\nfailures 0\nseed 0\nresult a\n",
        "gitdns state 1\nlast 1\nnext 253402300800\nfailures 0\nseed 0\nresult a\n",
        "gitdns state 1\nlast 99999999999999999999\nnext 2\nfailures 0\nseed 0\nresult a\n",
        "gitdns state 1\nlast 01\nnext 2\nfailures 0\nseed 0\nresult a\n",
        "gitdns state 1\nlast 1\nnext 2\nfailures -1\nseed 0\nresult a\n",
        "gitdns state 1\nlast 1\nnext 2\nfailures 0\nseed 0\nresult a\x1b[2J\n",
        "gitdns state 1\nlast 1\nnext 2\nfailures 0\nseed 0\nresult a\nresult b\n",
        "gitdns state 1\nlast 1\nnext 2\nfailures 0\nseed 0\nresult a",
        "gitdns state 1 last 1 next 2 failures 0 seed 0 result a",
    };
    struct scratch scratch;
    struct round_state again;

    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        scratch_write(&scratch, STATE_FILE, damaged[i], strlen(damaged[i]));
        memset(&again, 1, sizeof again);
        assert_false(round_state_read(&again, scratch.directory));
        assert_memory_equal(&again, &(struct round_state){0}, sizeof again);
    }
    scratch_close(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spread),        cmocka_unit_test(test_delay),
        cmocka_unit_test(test_network_late),  cmocka_unit_test(test_due),
        cmocka_unit_test(test_state_file),    cmocka_unit_test(test_former_state),
        cmocka_unit_test(test_damaged_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
