/* Many names at once: what is asked about them stays within bounds, and nobody is kept waiting. */
#include "tests/unit/gates_lab.h"

static void test_budget(void **state)
{
    int64_t start;
    unsigned asked = 0;

    (void)state;
    start = now;
    for (int i = 0; i < 100000; i++) {
        char name[64];

        snprintf(name, sizeof name, "lie-%d.example%d.com", i, i % 100);
        report(name);
        if (i % 10 == 0) {
            asked += answer_due(NULL, true);
            now++;
        }
    }
    assert_true(gates->suspects.count <= SUSPECTS_MAX);
    assert_true(asked <= (now - start) * QUERIES_A_SECOND / 1000 + QUESTIONS_SAVED_MAX);
    assert_true(asked > 100);
    assert_int_equal(gates->out, 0);
}

static void test_budget_of_three_nameservers(void **state)
{
    unsigned asked = 0;

    (void)state;
    gates->nameservers = 3;
    for (int i = 0; i < 10000; i++) {
        char name[64];

        snprintf(name, sizeof name, "lie-%d.example.com", i);
        report(name);
        asked += answer_due(NULL, true);
        now++;
    }
    assert_true(3 * asked <= 10 * QUERIES_A_SECOND + QUESTIONS_SAVED_MAX);
    assert_true(asked > 40);
}

/* Every question once again over TCP: what is sent so is of the same budget. */
static void test_budget_of_repeats(void **state)
{
    int64_t start = now;
    unsigned asked = 0, repeated = 0;

    (void)state;
    for (int i = 0; i < 10000; i++, now++) {
        char name[64];
        struct gate *gate;

        snprintf(name, sizeof name, "lie-%d.example.com", i);
        report(name);
        while (repeated < asked && questions_pay(gates, now))
            repeated++;
        while (repeated == asked && (gate = questions_next(gates, now)) != NULL) {
            asked++;
            gates_answer(gates, gate, true, PROBE_NO_ANSWER, now, CLOCK);
        }
    }
    assert_true(asked + repeated <= (now - start) * QUERIES_A_SECOND / 1000 + QUESTIONS_SAVED_MAX);
    assert_true(repeated > 40);
}

static void test_under_way(void **state)
{
    unsigned taken = 0;

    (void)state;
    user = 0;
    for (int i = 0; i < 60; i++) {
        char name[64];

        snprintf(name, sizeof name, "name-%d.example.com", i);
        report(name);
    }
    for (int i = 0; i < 100; i++, now += 1000)
        taken += questions_next(gates, now) != NULL;
    assert_int_equal(taken, QUESTIONS_UNDER_WAY_MAX);
}

/* Reports `www.domain-NUMBER.example`, and answers for `example` and the root alone for so many
 * tenths of a second. */
static void report_one_of_many(unsigned number, int tenths)
{
    char name[64];
    struct gate *gate;

    snprintf(name, sizeof name, "www.domain-%u.example", number);
    report(name);
    for (; tenths > 0; tenths--) {
        now += 100;
        while ((gate = questions_next(gates, now)) != NULL)
            gates_answer(gates, gate, strcmp(gate_subject(gate), ".example") == 0 || gate->len == 0,
                         PROBE_LAME, now, CLOCK);
    }
}

/* Names of so many domains. */
static void put_out(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        report_one_of_many(i, 60);
        gates_renew(gates, now);
    }
    assert_in_range(gates->out, count, count * 2);
}

/* All names come from DNS within 10 seconds of the first good answer. */
static void check_all_back(void)
{
    int64_t end = now + GATES_RETRY_MAX_MS;

    while (now < end && gates->out > 0) {
        unsigned before = gates->out;

        run(100, NULL, true);
        if (gates->out < before && end > now + 10000)
            end = now + 10000;
    }
    assert_int_equal(gates->out, 0);
    assert_int_equal(board_get(board, BOARD_WORD_NAMES), 0);
    assert_false(everything_is_out());
}

static void test_many_back(void **state)
{
    (void)state;
    gates->nameservers = 3;
    put_out(300);
    check_all_back();
}

/* Three answers in a row count in one outage, not from one to the next. */
static void test_back_one_by_one(void **state)
{
    (void)state;
    gates->nameservers = 3;
    put_out(3);
    check_all_back();
    put_out(30);
    now += GATES_RETRY_MAX_MS;
    gates_renew(gates, now);
    for (int i = 0; i < 40; i++, now += 100) {
        struct gate *gate = questions_next(gates, now);

        if (gate != NULL)
            gates_answer(gates, gate, i == 0, PROBE_LAME, now, CLOCK);
    }
    assert_in_range(gates->out, 25, 60);
}

static void test_everything_back(void **state)
{
    (void)state;
    gates->nameservers = 3;
    for (int i = 0; i < 60; i++) {
        char name[64];

        snprintf(name, sizeof name, "www.example.tld-%d", i);
        report(name);
    }
    run(60000, ".", false);
    assert_true(everything_is_out());
    check_all_back();
}

/* What was out and is asked about again does not keep out what is reported now. */
static void test_reported_among_many(void **state)
{
    int64_t start;

    (void)state;
    put_out(500);
    gates_doubt(gates, "resolv.conf has changed", now, CLOCK);
    run(1000, "example", true);
    report("www.example.com");
    for (start = now; now - start < 8000 && !is_out("www.example.com"); now += 50)
        answer_due("com", true);
    assert_true(is_out("www.example.com"));
}

/* A hundred names, each by users 1000 and those that follow, so many in all. */
static void report_as(unsigned users)
{
    for (user = 1000; user < 1000 + users; user++)
        for (int i = 0; i < 100; i++) {
            char name[64];

            snprintf(name, sizeof name, "name-%d.example.%u", i, user);
            report(name);
        }
}

/* Who reports many names leaves room for others. */
static void test_places_of_a_user(void **state)
{
    (void)state;
    report_as(3);
    assert_int_equal(gates->suspects.count, 3 * SUSPECTS_OF_USER);
    run(30000, NULL, true);
    user = 1000;
    now += SUSPECTS_GOOD_MS;
    report("name-0.example.1000");
    assert_int_equal(gates->suspects.count, 1);
    run(1000, NULL, true);
    report("name-0.example.1000");
    assert_int_equal(gates->suspects.count, 0);
}

/* Who is several users does not, until DNS has answered. */
static void test_places_of_many_users(void **state)
{
    (void)state;
    report_as(SUSPECTS_MAX / SUSPECTS_OF_USER);
    assert_int_equal(gates->suspects.count, SUSPECTS_MAX);
    for (user = 0; user < 4000; user += 2000)
        report("www.example.com");
    assert_int_equal(gates->suspects.count, SUSPECTS_MAX);
    run(30000, NULL, true);
    report("www.example.com");
    assert_int_equal(gates->suspects.count, 1);
}

/* Thousands of domains out: the board is full, and what does not fit is no gate. */
static void test_many_domains(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        report_one_of_many(i, 100);
        if (i % 50 == 0)
            gates_renew(gates, now);
    }
    assert_true(gates->out <= BOARD_NAMES_MAX);
    assert_true(gates->out > BOARD_NAMES_MAX * 9 / 10);
    assert_int_equal(board_get(board, BOARD_WORD_NAMES), gates->out);
    assert_non_null(strstr(log_text, "more names are out"));
    log_events[0] = '\0';
    gates_forget(gates, "enough", CLOCK);
    assert_memory_equal(log_events, "ends GITDNS_SCOPE=all GITDNS_NAMES=",
                        sizeof "ends GITDNS_SCOPE=all GITDNS_NAMES=" - 1);
    assert_int_equal(board_get(board, BOARD_WORD_NAMES), 0);
    assert_int_equal(gates->out, 0);
    assert_int_equal(questions_wait(gates, now), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_budget, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_budget_of_three_nameservers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_budget_of_repeats, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_under_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_domains, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_back_one_by_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_everything_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reported_among_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_places_of_a_user, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_places_of_many_users, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
