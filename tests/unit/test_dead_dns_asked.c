/* Who has asked for what, and how long he waited: by the questions that are seen and the reports.
 */
#include "dead_dns/asked.h"
#include <arpa/nameser.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* Last: it needs those above. */
#include <cmocka.h>

#define NAME "www.example.net"
#define NOBODY 0 /* no process has this number */
#define PORT 40000

static struct asked *asked;

static int set_up(void **state)
{
    (void)state;
    asked = calloc(1, sizeof *asked);
    return asked == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    free(asked);
    return 0;
}

static void test_report(void **state)
{
    const struct asked_name *name = &asked->name[0];

    (void)state;
    asked_from(asked, PORT, getpid());
    asked_question(asked, PORT, NAME, ns_t_a, 1000);
    asked_question(asked, PORT, NAME, ns_t_aaaa, 1001);
    assert_int_equal(asked->count, 1);
    assert_int_equal(name->types, ASKED_A | ASKED_AAAA);
    assert_false(name->told);
    assert_int_equal(name->waited, 1);
    assert_string_equal(name->program, "test_dead_dns_a");
    asked_report(asked, getpid(), NAME, 11000);
    assert_true(name->told && name->reached);
    assert_int_equal(name->waited, 10000);
    /* Again, and quicker: the longest counts. */
    asked_question(asked, PORT, NAME, ns_t_a, 20000);
    asked_report(asked, getpid(), NAME, 21000);
    assert_int_equal(name->waited, 10000);
    assert_int_equal(name->questions, 3);
}

/* One report a second: what else the process asked for has reached gitdns, too, before and after.
 */
static void test_one_report(void **state)
{
    (void)state;
    asked_from(asked, PORT, getpid());
    asked_question(asked, PORT, "a.example.net", ns_t_a, 0);
    asked_report(asked, getpid(), NAME, 1);
    asked_question(asked, PORT, "b.example.net", ns_t_a, 2);
    for (unsigned i = 0; i < 3; i++)
        assert_true(asked->name[i].reached);
    assert_false(asked->name[0].told);
}

/* A question from a port that is nobody's, and a process that has ended. */
static void test_unknown(void **state)
{
    (void)state;
    asked_question(asked, PORT, NAME, ns_t_mx, 0);
    asked_question(asked, PORT, NAME, ns_t_mx, 5000);
    assert_string_equal(asked->name[0].program, "");
    assert_int_equal(asked->name[0].types, ASKED_OTHER);
    assert_int_equal(asked->name[0].waited, 5000);
    assert_false(asked->name[0].reached);
    asked_from(asked, PORT, NOBODY);
    asked_question(asked, PORT, NAME, ns_t_mx, 6000);
    assert_int_equal(asked->count, 1);
}

static void test_full(void **state)
{
    char name[32];

    (void)state;
    for (unsigned i = 0; i < ASKED_NAMES_MAX + 2; i++) {
        snprintf(name, sizeof name, "n%u.example.net", i);
        asked_question(asked, PORT, name, ns_t_a, 0);
    }
    assert_int_equal(asked->count, ASKED_NAMES_MAX);
    assert_int_equal(asked->left_out, 2);
    asked_report(asked, getpid(), "more.example.net", 0);
    assert_int_equal(asked->left_out, 3);
    for (unsigned i = 0; i < 2 * ASKED_PROCESSES_MAX; i++)
        asked_from(asked, PORT, (pid_t)(1000000000 + i));
    assert_in_range(asked->owner[PORT], 1, ASKED_PROCESSES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_report, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_report, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unknown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
