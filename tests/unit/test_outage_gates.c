/* What is suspected, out, asked about again. */
#include "tests/unit/gates_lab.h"

static void test_a_lie(void **state)
{
    (void)state;
    report("www.example.com");
    assert_int_equal(run(60000, NULL, true), 1);
    assert_int_equal(questions_wait(gates, now), -1);
    assert_int_equal(board_get(board, BOARD_WORD_NAMES), 0);
    assert_string_equal(log_text, "");
}

static void test_one_failure_is_none(void **state)
{
    struct gate *gate;

    (void)state;
    report("www.example.com");
    gate = questions_next(gates, now);
    assert_string_equal(gate->name, "www.example.com");
    gates_answer(gates, gate, false, PROBE_LAME, now, CLOCK);
    assert_false(is_out("www.example.com"));
    run(1000, NULL, true);
    assert_false(is_out("www.example.com"));
    assert_int_equal(questions_wait(gates, now), -1);
}

static void test_a_domain(void **state)
{
    (void)state;
    report("a.www.example.com");
    run(2000, "example.com", true);
    assert_true(is_out("example.com"));
    assert_true(is_out("other.example.com"));
    assert_true(is_out("x.y.z.example.com"));
    assert_false(is_out("com"));
    assert_false(is_out("example.org"));
    assert_false(is_out("notexample.com"));
    assert_false(everything_is_out());
    assert_int_equal(board_get(board, BOARD_WORD_NAMES), 1);
    assert_string_equal(log_text, "example.com and what lies below it is out (lame server)\n");
    /* What lies in it needs no gate of its own. */
    report("third.example.com");
    assert_int_equal(gates->suspects.count, 0);
    run(8000, NULL, true);
    assert_false(is_out("example.com"));
    assert_non_null(strstr(log_text, "example.com answers again, after"));
    assert_string_equal(log_events,
                        "begins GITDNS_SCOPE=domain GITDNS_NAME=example.com "
                        "GITDNS_CAUSE=lame server\n"
                        "ends GITDNS_SCOPE=domain GITDNS_NAME=example.com GITDNS_SECONDS=5 "
                        "GITDNS_REPORTS=0\n");
    assert_int_equal(questions_wait(gates, now), -1);
    assert_int_equal(board_get(board, BOARD_WORD_SINCE), 0);
    assert_true(board_get(board, BOARD_WORD_ENDED) > CLOCK);
}

/* Its own record fails (a broken alias), and nobody has asked for names below. */
static void test_a_name_is_no_domain(void **state)
{
    (void)state;
    report("example.com");
    run(2000, "example.com", true);
    assert_true(is_out("example.com"));
    assert_false(is_out("www.example.com"));
    assert_string_equal(log_text, "example.com is out (lame server)\n");
    assert_string_equal(log_events, "begins GITDNS_SCOPE=name GITDNS_NAME=example.com "
                                    "GITDNS_CAUSE=lame server\n");
    report("www.example.com");
    assert_int_equal(run(2000, "example.com", true), 6);
    assert_true(is_out("other.example.com"));
    assert_int_equal(board_get(board, BOARD_WORD_NAMES), 1);
}

/* Who asks about a domain can ask about the name that brought it about, and leave it alone. */
static void test_victim_and_drop(void **state)
{
    struct gate *gate;

    (void)state;
    report("a.www.example.com");
    while ((gate = questions_next(gates, now)) != NULL || gates->out < 2) {
        now += 100;
        if (gate == NULL)
            continue;
        if (strcmp(gate_subject(gate), ".example.com") == 0)
            break;
        gates_answer(gates, gate, gate->len == 0, PROBE_LAME, now, CLOCK);
    }
    assert_non_null(gate);
    assert_string_equal(gate->name, "a.www.example.com");
    assert_true(gate_is_wide(gate) && gate_is_wide(&gates->root));
    gates_drop(gates, gate, now, CLOCK);
    assert_int_equal(gates->questions.under_way, 0);
    assert_int_equal(gates->suspects.count, 0);
    assert_false(is_out("example.com"));
    assert_true(is_out("b.www.example.com"));
    assert_string_equal(log_text, "www.example.com and what lies below it is out (lame server)\n");
}

static void test_lies_in_suspect(void **state)
{
    (void)state;
    assert_false(gates_lies_in_suspect(gates, "www.example.com"));
    report("www.example.com");
    assert_true(gates_lies_in_suspect(gates, "www.example.com"));
    assert_true(gates_lies_in_suspect(gates, "a.b.example.com"));
    assert_true(gates_lies_in_suspect(gates, "example.com"));
    assert_false(gates_lies_in_suspect(gates, "notexample.com"));
    assert_false(gates_lies_in_suspect(gates, "com"));
    run(2000, "example.com", true);
    assert_true(gates_lies_in_suspect(gates, "other.example.com"));
    assert_false(gates_lies_in_suspect(gates, "other.com"));
    run(60000, NULL, true);
    assert_false(gates_lies_in_suspect(gates, "www.example.com"));
}

static void test_everything(void **state)
{
    (void)state;
    report("www.example.com");
    run(2000, "com", false);
    assert_true(everything_is_out());
    /* For an hour, with leases that never run out, and few questions. */
    for (int i = 0; i < 3600; i++) {
        run(1000, "com", false);
        assert_true(everything_is_out());
        assert_true(board_get(board, BOARD_WORD_EVERYTHING) <= now / 1000 + BOARD_LEASE_MAX);
    }
    assert_true(run(600000, "com", false) <= 11);
    run(61000, NULL, true);
    assert_false(everything_is_out());
    assert_int_equal(board_get(board, BOARD_WORD_NAMES), 0);
    assert_non_null(strstr(log_text, "DNS does not answer (lame server): everything is out\n"));
    assert_non_null(strstr(log_text, "DNS answers again, after"));
}

/* The clock is set in an outage, which may be the reason why it was wrong. */
static void test_clock_is_set(void **state)
{
    struct gate *gate;

    (void)state;
    suspects_root(gates, now);
    while ((gate = questions_next(gates, now)) != NULL)
        gates_answer(gates, gate, false, PROBE_LAME, now, 1);
    now += GATES_RETRY_FIRST_MS;
    gates_answer(gates, questions_next(gates, now), true, PROBE_NO_ANSWER, now, CLOCK);
    assert_non_null(strstr(log_text, "DNS answers again, after 5 s;"));
}

static unsigned attempts_at_root(enum probe_failure why)
{
    struct gate *gate;
    unsigned asked = 0;

    now += SUSPECTS_ROOT_GOOD_MS;
    suspects_root(gates, now);
    for (; (gate = questions_next(gates, now)) != NULL; asked++, now += 1000)
        gates_answer(gates, gate, false, why, now, CLOCK);
    assert_true(everything_is_out());
    gates_forget(gates, "", CLOCK);
    return asked;
}

/* Of the root, a rule of the nameserver's own as likely as an outage. */
static void test_refused(void **state)
{
    (void)state;
    assert_int_equal(attempts_at_root(PROBE_LAME), QUESTIONS_ATTEMPTS);
    assert_int_equal(attempts_at_root(PROBE_REFUSED), QUESTIONS_ATTEMPTS_REFUSED);
    assert_non_null(strstr(log_text, "DNS does not answer (REFUSED): everything is out\n"));
}

static void test_slower_and_slower(void **state)
{
    static const int64_t waits[] = {5000, 10000, 20000, 40000, 60000, 60000};
    struct gate *gate;

    (void)state;
    suspects_root(gates, now);
    answer_due("com", false);
    assert_true(everything_is_out());
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        now += waits[i] - 1;
        gates_renew(gates, now);
        assert_null(questions_next(gates, now));
        now++;
        gate = questions_next(gates, now);
        assert_ptr_equal(gate, &gates->root);
        gates_answer(gates, gate, false, PROBE_LAME, now, CLOCK);
    }
}

static void test_an_answer_hastens_the_others(void **state)
{
    (void)state;
    report("one.example.com");
    report("two.example.org");
    while (gates->out < 2) {
        struct gate *gate = questions_next(gates, now);

        if (gate == NULL)
            now += 100;
        else
            gates_answer(gates, gate, gate->len == 0 || *gate_subject(gate) == '.', PROBE_LAME, now,
                         CLOCK);
    }
    /* For minutes, until they are asked about once a minute. */
    for (int i = 0; i < 300; i++) {
        struct gate *gate;

        now += 1000;
        gates_renew(gates, now);
        while ((gate = questions_next(gates, now)) != NULL)
            gates_answer(gates, gate, gate->len == 0, PROBE_LAME, now, CLOCK);
    }
    assert_int_equal(gates->out, 2);
    run(60000, NULL, true);
    assert_int_equal(gates->out, 0);
}

/* A network of its own, whose resolvers refuse the root. */
static void test_root_is_no_measure(void **state)
{
    (void)state;
    report("dead.corp.example");
    run(3000, "dead.corp.example", false);
    assert_false(everything_is_out());
    assert_true(is_out("dead.corp.example"));
    assert_false(is_out("corp.example"));
    run(300000, "dead.corp.example", false);
    assert_false(everything_is_out());
    assert_true(is_out("dead.corp.example"));
    run(61000, NULL, false);
    assert_false(is_out("dead.corp.example"));
    assert_int_equal(questions_wait(gates, now), -1);
}

/* Names and domains that somebody has in a cache prove nothing: but what is made up below a domain.
 */
static void test_caches(void **state)
{
    struct gate *gate;
    int64_t end;

    (void)state;
    report("cached.example.com");
    report("www.example.com");
    end = now + 3000;
    for (; now < end; now += 50)
        while ((gate = questions_next(gates, now)) != NULL)
            gates_answer(gates, gate, strcmp(gate_subject(gate), "cached.example.com") == 0,
                         PROBE_LAME, now, CLOCK);
    assert_true(everything_is_out());
    assert_false(is_out("cached.example.org"));
}

/* It comes back while it is being found out how far the outage goes: the next one is seen. */
static void test_root_is_believed_again(void **state)
{
    (void)state;
    report("www.example.com");
    answer_due("com", false);
    now += 1000;
    run(1000, NULL, true);
    run(61000, NULL, true);
    assert_false(everything_is_out());
    now += SUSPECTS_GOOD_MS;
    report("www.example.com");
    run(3000, "com", false);
    assert_true(everything_is_out());
}

/* With the name that brought it about, which alone may ever answer. */
static void test_recall(void **state)
{
    static const char name[] = "a.b.example.com";
    bool found = false;

    (void)state;
    suspects_begin(gates, name, strlen(name), strlen("a.b"), now);
    suspects_begin(gates, ".example.org", strlen(".example.org"), 0, now);
    suspects_begin(gates, "www.example.net", strlen("www.example.net"), 0, now);
    run(10000, ".", true);
    assert_true(is_out("x.example.com"));
    assert_true(is_out("x.example.org"));
    assert_true(is_out("www.example.net"));
    for (int i = 0; i < 3 && !found; i++)
        found = strcmp(questions_victim(gates), name) == 0;
    assert_true(found);
}

static void test_doubt(void **state)
{
    (void)state;
    report("www.example.com");
    run(2000, "com", false);
    assert_true(everything_is_out());
    log_events[0] = '\0';
    gates_doubt(gates, "resolv.conf has changed", now, CLOCK);
    assert_false(everything_is_out());
    assert_int_equal(board_get(board, BOARD_WORD_NAMES), 0);
    assert_string_equal(log_events, "ends GITDNS_SCOPE=all GITDNS_NAMES=1\n");
    log_text[0] = '\0';
    run(2000, "com", false);
    assert_true(everything_is_out());
    assert_string_equal(log_text, "DNS does not answer (lame server): everything is out\n");
    gates_doubt(gates, "resolv.conf has changed", now, CLOCK);
    run(2000, NULL, true);
    assert_false(everything_is_out());
    assert_int_equal(questions_wait(gates, now), -1);
}

/* The resolver of this machine asks others. */
static void test_asked_anew(void **state)
{
    (void)state;
    report("www.example.com");
    run(20000, "com", false);
    assert_true(everything_is_out());
    now += GATES_RETRY_MAX_MS;
    gates_renew(gates, now);
    /* Under way, and so not asked again. */
    assert_non_null(questions_next(gates, now));
    assert_null(questions_next(gates, now));
    gates_ask_anew(gates, now);
    assert_true(everything_is_out());
    run(1, "com", false);
    assert_true(everything_is_out());
    /* Not so patiently as before. */
    run(GATES_RETRY_FIRST_MS + 1, NULL, true);
    assert_false(everything_is_out());
    assert_int_equal(gates->questions.under_way, 0);
}

static void test_an_answer_that_comes_late(void **state)
{
    struct gate *gate;

    (void)state;
    report("www.example.com");
    gate = questions_next(gates, now);
    assert_non_null(gate);
    gates_forget(gates, "offline", CLOCK);
    /* Its place is not given to another as long as its answer may come. */
    report("other.example.com");
    gates_answer(gates, gate, false, PROBE_LAME, now, CLOCK);
    gates_answer(gates, questions_next(gates, now), true, PROBE_NO_ANSWER, now, CLOCK);
    assert_int_equal(gates->suspects.count, 0);
    assert_int_equal(gates->questions.under_way, 0);
}

static void test_long_names(void **state)
{
    char name[NAME_MAX_OCTETS + 1];

    (void)state;
    for (int i = 0; i < 125; i++)
        memcpy(name + 2 * i, "a.", 2);
    memcpy(name + 250, "com", 4);
    report(name);
    run(60000, "a.com", true);
    assert_true(is_out("b.a.com"));
    assert_true(is_out(name));
    assert_false(is_out("com"));
    assert_int_equal(board_get(board, BOARD_WORD_NAMES), 1);
}

static void probe(const char *name)
{
    suspects_probe(gates, name, strlen(name), now);
}

/* A name that nobody waits for, and that fails alone, is not out; if the next one fails as well, it
 * is, though the root answers (as a cache may have it). */
static void test_probes(void **state)
{
    (void)state;
    probe("dead.example.com");
    run(2000, "dead.example.com", true);
    assert_int_equal(questions_wait(gates, now), -1);
    assert_int_equal(gates->suspects.probes_failed, 1);
    probe("www.example.org");
    assert_int_equal(run(2000, "dead.example.com", true), 1);
    probe("dead.example.com");
    run(2000, "dead.example.com", true);
    assert_false(is_out("dead.example.com"));
    assert_string_equal(log_text, "");
    probe("a.example.net");
    run(2000, "example.net", true);
    assert_true(is_out("other.example.net"));
    run(10000, NULL, true);
    assert_false(is_out("other.example.net"));
    assert_int_equal(questions_wait(gates, now), -1);
}

static void test_probe_of_everything(void **state)
{
    (void)state;
    probe("www.example.org");
    run(3000, ".", false);
    assert_true(everything_is_out());
    assert_int_equal(board_get(board, BOARD_WORD_REPORTS), 0);
}

/* Of a copy full of dead names, each in a domain of its own, as whoever holds a key may make it. */
static void test_probes_of_dead_names(void **state)
{
    struct gate *gate;
    char name[64];

    (void)state;
    for (int i = 0; i < 400; i++) {
        snprintf(name, sizeof name, "www.dead-%d.example.com", i);
        probe(name);
        for (int64_t end = now + 15000; now < end; now += 100)
            while ((gate = questions_next(gates, now)) != NULL)
                gates_answer(gates, gate, strstr(gate_subject(gate), "dead-") == NULL, PROBE_LAME,
                             now, CLOCK);
        assert_true(board_get(board, BOARD_WORD_NAMES) <= SUSPECTS_UNASKED_MAX);
    }
    assert_int_equal(board_get(board, BOARD_WORD_NAMES), SUSPECTS_UNASKED_MAX);
    /* What a process asks for is out as ever. */
    report("www.dead-400.example.com");
    run(2000, "dead-400.example.com", true);
    assert_true(is_out("www.dead-400.example.com"));
}

/* Somebody asks for it while it is asked about. */
static void test_probe_that_is_reported(void **state)
{
    (void)state;
    probe("dead.example.com");
    report("dead.example.com");
    run(2000, "dead.example.com", true);
    assert_true(is_out("dead.example.com"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_lie, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_failure_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_domain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_name_is_no_domain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_victim_and_drop, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lies_in_suspect, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_everything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_clock_is_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_slower_and_slower, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_answer_hastens_the_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_root_is_no_measure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_caches, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_root_is_believed_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_recall, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_doubt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_asked_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_answer_that_comes_late, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_probes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_probes_of_dead_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_probe_of_everything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_probe_that_is_reported, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
