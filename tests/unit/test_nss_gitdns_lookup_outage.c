/* One look-up of the service gitdns_outage: what it says of names that are out, and of others. */
#include "copy/copy.h"
#include "nss_gitdns/lookup_outage.h"
#include "tests/unit/board_map_lab.h"
#include <errno.h>
#include <sys/socket.h>

#define LATER 4000000000

static struct outage outage;

static int set_up(void **state)
{
    (void)state;
    lab_open();
    scratch_store(&scratch,
                  "example.com 8.8.8.8\nv4.example.com 8.8.8.7\n"
                  "www.example.com 8.8.8.9 2606:4700::1\n",
                  LATER);
    lookup_outage_open(&outage, scratch.path, board_path, resolv_conf_path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    cache_close(&outage.cache);
    board_map_close(&outage.map);
    lab_close();
    return 0;
}

static enum outcome ask(const char *name, int af, size_t room)
{
    struct hostent host;
    char buffer[1024];
    struct query query = {
        .name = name, .af = af, .result = &host, .buffer = buffer, .buflen = room};
    enum outcome outcome;

    assert_true(room <= sizeof buffer);
    errno = 4711;
    outcome = lookup_outage(&outage, &query);
    assert_int_equal(errno, 4711);
    return outcome;
}

static void test_outcomes(void **state)
{
    (void)state;
    assert_int_equal(ask("www.example.com", AF_INET, 1024), OUTCOME_PASS);
    assert_int_equal(ask("www.example.com", AF_INET, 1), OUTCOME_PASS);
    everything_until(now() + LEASE);
    assert_int_equal(ask("www.example.com", AF_INET, 1024), OUTCOME_HIT);
    assert_int_equal(ask("WWW.example.com.", AF_INET6, 1024), OUTCOME_HIT);
    assert_int_equal(ask("www.example.com", AF_INET, 1), OUTCOME_TOO_SMALL);
    assert_int_equal(ask("example.com", AF_INET, 1024), OUTCOME_HIT);
    assert_int_equal(ask("example.com", AF_INET6, 1024), OUTCOME_NO_FAMILY);
    assert_int_equal(ask("example.com", AF_UNIX, 1024), OUTCOME_PASS);
    assert_int_equal(ask("unknown.example.com", AF_INET, 1024), OUTCOME_PASS);
    assert_int_equal(ask("", AF_INET, 1024), OUTCOME_PASS);
    everything_until(0);
    assert_int_equal(ask("example.com", AF_INET, 1024), OUTCOME_PASS);
    assert_int_equal(ask("example.com", AF_INET6, 1024), OUTCOME_PASS);
    name_until("www.example.com", now() + LEASE);
    assert_int_equal(ask("www.example.com", AF_INET, 1024), OUTCOME_HIT);
    assert_int_equal(ask("example.com", AF_INET, 1024), OUTCOME_PASS);
}

/* Each of what DNS would be asked for, until one that may not be out. */
static void test_short_names(void **state)
{
    (void)state;
    put_resolv_conf("search none.example.com example.com\n");
    board_set_stamp(board, stamp());
    atomic_store(&outage.tick, 0);
    assert_int_equal(ask("www", AF_INET, 1024), OUTCOME_PASS);
    everything_until(now() + LEASE);
    assert_int_equal(ask("www", AF_INET, 1024), OUTCOME_HIT);
    assert_int_equal(ask("WWW", AF_INET6, 1024), OUTCOME_HIT);
    assert_int_equal(ask("www", AF_INET, 1), OUTCOME_TOO_SMALL);
    assert_int_equal(ask("www", AF_UNIX, 1024), OUTCOME_PASS);
    assert_int_equal(ask("unknown", AF_INET, 1024), OUTCOME_PASS);
    assert_int_equal(ask("v4", AF_INET6, 1024), OUTCOME_NO_FAMILY);
    everything_until(0);
    name_until("www.example.com", now() + LEASE);
    assert_int_equal(ask("www", AF_INET, 1024), OUTCOME_PASS);
    put_resolv_conf("search example.com\n");
    board_set_stamp(board, stamp());
    atomic_store(&outage.tick, 0);
    assert_int_equal(ask("www", AF_INET, 1024), OUTCOME_HIT);
}

/* What the copy lacks fails, but what services behind DNS may know. */
static void test_drill(void **state)
{
    (void)state;
    everything_until(now() + LEASE);
    board_set(board, BOARD_WORD_DRILL, now() + LEASE);
    assert_int_equal(ask("www.example.com", AF_INET, 1024), OUTCOME_HIT);
    assert_int_equal(ask("example.com", AF_INET6, 1024), OUTCOME_NO_FAMILY);
    assert_int_equal(ask("unknown.example.com", AF_INET, 1024), OUTCOME_DRILL);
    assert_int_equal(ask("UNKNOWN.example.com.", AF_INET, 1024), OUTCOME_DRILL);
    assert_int_equal(ask("labhost", AF_INET, 1024), OUTCOME_PASS);
    assert_int_equal(ask("printer.local", AF_INET, 1024), OUTCOME_PASS);
    assert_int_equal(ask("git.corp.internal", AF_INET, 1024), OUTCOME_DRILL);
    assert_int_equal(ask("a..b", AF_INET, 1024), OUTCOME_PASS);
    board_set(board, BOARD_WORD_DRILL, now() - 1);
    assert_int_equal(ask("unknown.example.com", AF_INET, 1024), OUTCOME_PASS);
    board_set(board, BOARD_WORD_DRILL, now() + BOARD_LEASE_MAX + 2);
    assert_int_equal(ask("unknown.example.com", AF_INET, 1024), OUTCOME_PASS);
    /* Another DNS than the daemon's. */
    board_set(board, BOARD_WORD_DRILL, now() + LEASE);
    put_resolv_conf("nameserver 127.0.0.3\n");
    atomic_store(&outage.tick, 0);
    assert_int_equal(ask("unknown.example.com", AF_INET, 1024), OUTCOME_PASS);
    board_clear(board);
    assert_int_equal(board_get(board, BOARD_WORD_DRILL), 0);
}

/* Within two seconds of its own, and no sooner than the second in which it began ends. */
static void test_looks_at_the_files(void **state)
{
    time_t end = time(NULL) + 3;

    (void)state;
    put_board();
    everything_until(now() + LEASE);
    while (ask("example.com", AF_INET, 1024) != OUTCOME_HIT && time(NULL) < end)
        usleep(10000);
    assert_int_equal(ask("example.com", AF_INET, 1024), OUTCOME_HIT);
    scratch_store(&scratch, "example.net 8.8.8.8\n", LATER);
    put_resolv_conf("nameserver 127.0.0.2\n");
    atomic_store(&outage.tick, 0);
    assert_int_equal(ask("example.net", AF_INET, 1024), OUTCOME_PASS);
    board_set_stamp(board, stamp());
    assert_int_equal(ask("example.net", AF_INET, 1024), OUTCOME_HIT);
    assert_int_equal(ask("example.com", AF_INET, 1024), OUTCOME_PASS);
}

/* A copy that is too old is none. */
static void test_deadline(void **state)
{
    (void)state;
    everything_until(now() + LEASE);
    assert_int_equal(ask("example.com", AF_INET, 1024), OUTCOME_HIT);
    scratch_store(&scratch, "example.com 8.8.8.8\n", time(NULL) - 1);
    atomic_store(&outage.tick, 0);
    assert_int_equal(ask("example.com", AF_INET, 1024), OUTCOME_PASS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_outcomes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_short_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_drill, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_looks_at_the_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_deadline, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
