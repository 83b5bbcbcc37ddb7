/* Each fault that `gitdns doctor` can find, from facts that nobody has to have. */
#include "base/error.h"
#include "base/number.h"
#include "cli/doctor_checks.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define OUTAGE "gitdns_outage [TRYAGAIN=return]"
#define NOW INT64_C(1800000000)

static struct cli cli;
static struct doctor_facts facts;
static struct faults faults;

static void set_line(const char *text)
{
    assert_int_equal(hosts_line_parse(text, strlen(text), &facts.status.line), 0);
    facts.status.reach = reach_judge(&facts.status.line);
}

static int set_up(void **state)
{
    (void)state;
    cli =
        (struct cli){.configured = true, .config_path = CONFIG_PATH, .directory = STORE_DIRECTORY};
    facts = (struct doctor_facts){.cli = &cli,
                                  .start = "start it",
                                  .restart = "start it again",
                                  .resolv_conf = {.count = 1, .timeout = 5, .attempts = 2},
                                  .status = {.now = NOW,
                                             .deadline = NOW + 30 * DAY,
                                             .manifest = {.serial = 7},
                                             .newest = 7,
                                             .known = true,
                                             .outage = {.watched = true}}};
    set_line("files " OUTAGE " dns gitdns");
    return 0;
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
    doctor_check(&facts, &faults);
    assert_fault(0, health, what, mend);
    if (faults.count != 1)
        fail_msg("and `%s'", faults.fault[1].what);
    assert_int_equal(doctor_health(&faults), health);
}

static void assert_fine(void)
{
    doctor_check(&facts, &faults);
    if (faults.count != 0)
        fail_msg("`%s'", faults.fault[0].what);
    assert_int_equal(doctor_health(&faults), HEALTH_FINE);
}

static void test_fine(void **state)
{
    (void)state;
    assert_fine();
    assert_true(doctor_counts_line(&facts));
    assert_true(doctor_is_instant(&facts));
    assert_string_equal(doctor_word(doctor_health(&faults)), "fine");
    assert_string_equal(doctor_word(HEALTH_DEGRADED), "degraded");
    assert_string_equal(doctor_word(HEALTH_UNPROTECTED), "not protected");
    facts.machine.nscd = true;
    set_line("files " OUTAGE " dns [NOTFOUND=return] gitdns");
    assert_fine();
    set_line("files gitdns");
    assert_fine();
}

static void test_line(void **state)
{
    (void)state;
    set_line("files dns");
    assert_finds(HEALTH_UNPROTECTED, "not in the line", "gitdns enable");
    set_line("files " OUTAGE " dns [UNAVAIL=return] gitdns");
    assert_finds(HEALTH_UNPROTECTED, "dns and its actions end", "gitdns enable");
    set_line("files dns gitdns");
    assert_finds(HEALTH_DEGRADED, "gitdns_outage [TRYAGAIN=return] does not stand before dns",
                 "gitdns enable");
    assert_false(doctor_is_instant(&facts));
    set_line("files " OUTAGE " resolve dns gitdns");
    assert_finds(HEALTH_DEGRADED, "`resolve' stands in the hosts line", "gitdns enable");
    facts.machine.nscd = true;
    set_line("files " OUTAGE " dns gitdns");
    assert_finds(HEALTH_DEGRADED, "under nscd dns needs [NOTFOUND=return]", "gitdns enable");
}

static void test_line_does_not_count(void **state)
{
    (void)state;
    facts.status.reach = (struct reach_report){.reach = REACH_UNREADABLE};
    assert_finds(HEALTH_UNPROTECTED, "no hosts line that can be understood", "gitdns enable");
    assert_false(doctor_counts_line(&facts));
    assert_false(doctor_is_instant(&facts));
    facts.status.reach = (struct reach_report){.reach = REACH_REJECTED, .number = 3};
    assert_finds(HEALTH_UNPROTECTED, "does not understand line 3",
                 "correct line 3 of /etc/nsswitch.conf, see nsswitch.conf(5)");
    assert_false(doctor_counts_line(&facts));
}

static void test_modules(void **state)
{
    static const char install[] = "install the package libnss-gitdns";

    (void)state;
    strcpy(facts.outage_module_error, "no such outage module");
    assert_finds(HEALTH_DEGRADED, "no such outage module", install);
    strcpy(facts.status.module_error, "no such module");
    assert_finds(HEALTH_UNPROTECTED, "no such module", install);
    facts.status.module_error[0] = '\0';
    set_line("files gitdns");
    assert_fine();
}

static void test_configuration(void **state)
{
    (void)state;
    strcpy(cli.config_error, "line 3: what?");
    assert_finds(HEALTH_DEGRADED, "line 3: what?", "correct it, see gitdns.conf(5)");
    cli.hidden = true;
    assert_fine();
    cli.config_error[0] = '\0';
    cli.configured = false;
    assert_finds(HEALTH_DEGRADED, "there is none", "write " CONFIG_PATH ", see gitdns.conf(5)");
    cli.configured = true;
    cli.directory = "/elsewhere";
    assert_finds(HEALTH_UNPROTECTED, CONFIG_PATH ": the copy is kept in /elsewhere",
                 "in gitdns.conf: directory = " STORE_DIRECTORY);
}

static void test_module_for_32_bits(void **state)
{
    (void)state;
    facts.lacks_module_32 = true;
    assert_finds(HEALTH_DEGRADED, "programs for 32 bits have a glibc here and not the modules",
                 "install libnss-gitdns:i386 (Debian), nss-gitdns.i686 (RPM)");
    set_line("files dns");
    assert_finds(HEALTH_UNPROTECTED, "not in the line", "gitdns enable");
}

static void test_no_copy(void **state)
{
    (void)state;
    facts.status.store_error = -ENOENT;
    assert_finds(HEALTH_UNPROTECTED, "there is no copy", "gitdns pull");
    facts.status.pinned = 7;
    assert_finds(HEALTH_UNPROTECTED, "there is no copy", "gitdns checkout latest");
    facts.homeless = true;
    assert_finds(HEALTH_UNPROTECTED, "there is no copy",
                 "install -d -o gitdns -g gitdns " STORE_DIRECTORY);
    /* The first is the cause, and the second its mend. */
    set_up(state);
    facts.status.store_error = -ENOENT;
    facts.status.known = false;
    cli.configured = false;
    doctor_check(&facts, &faults);
    assert_int_equal(faults.count, 2);
    assert_fault(0, HEALTH_DEGRADED, CONFIG_PATH ": there is none",
                 "write " CONFIG_PATH ", see gitdns.conf(5)");
    assert_fault(1, HEALTH_UNPROTECTED, "there is no copy",
                 "write " CONFIG_PATH ", then gitdns pull");
    assert_int_equal(doctor_health(&faults), HEALTH_UNPROTECTED);
}

static void test_old_copy(void **state)
{
    (void)state;
    facts.status.deadline = NOW + 7 * DAY;
    assert_fine();
    facts.status.deadline--;
    assert_finds(HEALTH_DEGRADED, "the copy expires in 7 days", "gitdns pull");
    facts.status.deadline = NOW;
    assert_finds(HEALTH_DEGRADED, "the copy expires now", "gitdns pull");
    facts.status.deadline--;
    assert_finds(HEALTH_UNPROTECTED, "the copy expired 1 second ago: the module answers nothing",
                 "gitdns pull");
    facts.status.pinned = 7;
    assert_finds(HEALTH_UNPROTECTED, ", and is pinned: the module answers nothing",
                 "gitdns checkout latest");
}

static void test_pinned(void **state)
{
    (void)state;
    facts.status.pinned = 7;
    assert_fine();
    facts.status.newest = 8;
    assert_finds(HEALTH_DEGRADED, "pinned to serial 7: serial 8 is here", "gitdns checkout latest");
}

static void test_closed(void **state)
{
    (void)state;
    strcpy(facts.closed[DOCTOR_STORE].path, "/var");
    strcpy(facts.closed[DOCTOR_STORE].mend, "open it");
    assert_finds(HEALTH_DEGRADED,
                 "/var is not open to every user, so that their programs have no answers",
                 "open it");
    facts.closed[DOCTOR_NSSWITCH] = facts.closed[DOCTOR_STORE];
    assert_finds(HEALTH_DEGRADED, "/var is not open", "open it");
    strcpy(facts.closed[DOCTOR_NSSWITCH].path, "/etc");
    facts.closed[DOCTOR_RESOLV_CONF] = facts.closed[DOCTOR_NSSWITCH];
    strcpy(facts.closed[DOCTOR_BOARD].path, "/run");
    strcpy(facts.closed[DOCTOR_BOARD].mend, "open that");
    doctor_check(&facts, &faults);
    assert_int_equal(faults.count, 3);
    assert_fault(1, HEALTH_DEGRADED, "/etc is not open to every user, so that the hosts line",
                 "open it");
    assert_fault(2, HEALTH_DEGRADED, "/run is not open to every user, so that their look-ups",
                 "open that");
    set_up(state);
    strcpy(facts.closed[DOCTOR_RESOLV_CONF].path, "/etc/resolv.conf");
    assert_finds(HEALTH_DEGRADED, "so that no nameserver is known to them", "");
}

static void test_rounds(void **state)
{
    (void)state;
    strcpy(facts.status.rounds.result, "no answer");
    facts.status.rounds.failures = 1;
    assert_finds(HEALTH_DEGRADED, "not refreshed, 1 time in a row: no answer", "gitdns pull");
    facts.status.rounds.failures = 2;
    assert_finds(HEALTH_DEGRADED, "not refreshed, 2 times in a row: no answer", "gitdns pull");
    facts.status.known = false;
    assert_finds(HEALTH_DEGRADED, "the copy was never refreshed", "gitdns pull");
}

static void test_service(void **state)
{
    (void)state;
    facts.status.outage.watched = false;
    assert_finds(HEALTH_DEGRADED, "gitdns-syncd does not run", "start it");
    assert_false(doctor_is_instant(&facts));
    facts.status.outage = (struct outage_view){.watched = true, .forced = BOARD_ON};
    assert_finds(HEALTH_DEGRADED, "has said that there is an outage", "gitdns outage auto");
    assert_true(doctor_is_instant(&facts));
    facts.status.outage.forced = BOARD_OFF;
    assert_finds(HEALTH_DEGRADED, "has said that there is no outage", "gitdns outage auto");
    assert_false(doctor_is_instant(&facts));
}

static void test_resolv_conf(void **state)
{
    static const char write[] = "write /etc/resolv.conf, see resolv.conf(5)";

    (void)state;
    facts.status.outage.elsewhere = true;
    assert_finds(
        HEALTH_DEGRADED, "gitdns-syncd asks by another resolv.conf",
        "look again in a few seconds; else let gitdns-syncd see the same /etc/resolv.conf");
    assert_false(doctor_is_instant(&facts));
    facts.resolv_conf_error = -ENOENT;
    assert_finds(HEALTH_DEGRADED, "/etc/resolv.conf: No such file or directory", write);
    facts.status.outage.elsewhere = false;
    facts.resolv_conf_error = -EINVAL;
    assert_finds(HEALTH_DEGRADED, "/etc/resolv.conf: Invalid argument", write);
    assert_false(doctor_is_instant(&facts));
    facts.status.outage.watched = false;
    assert_finds(HEALTH_DEGRADED, "gitdns-syncd does not run", "start it");
}

/* It is there, and does nothing. */
static void test_silent(void **state)
{
    (void)state;
    facts.status.outage.silent = true;
    assert_finds(HEALTH_DEGRADED, "gitdns-syncd does not answer", "start it again");
    assert_false(doctor_is_instant(&facts));
    facts.status.outage.forced = BOARD_OFF;
    assert_finds(HEALTH_DEGRADED, "gitdns-syncd does not answer", "start it again");
}

/* Whatever a file or a server put into it can be printed. */
static void test_printable(void **state)
{
    (void)state;
    facts.status.rounds.failures = 1;
    strcpy(facts.status.rounds.result, "\033[31m");
    assert_finds(HEALTH_DEGRADED, "in a row: ?[31m", "gitdns pull");
}

/* All at once: there is room. */
static void test_all(void **state)
{
    (void)state;
    facts.status = (struct status){.now = NOW, .store_error = E_STORE_DAMAGED, .known = false};
    facts.status.outage = (struct outage_view){.watched = true, .forced = BOARD_OFF};
    set_line("files dns");
    strcpy(facts.status.module_error, "no such module");
    cli.directory = "/elsewhere";
    facts.resolv_conf_error = -ENOENT;
    for (int i = 0; i < DOCTOR_FILES; i++)
        facts.closed[i] = (struct closed_path){.path = {(char)('a' + i)}};
    doctor_check(&facts, &faults);
    assert_int_equal(faults.count, 11);
    assert_true(faults.count <= FAULTS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_fine, set_up),
        cmocka_unit_test_setup(test_line, set_up),
        cmocka_unit_test_setup(test_line_does_not_count, set_up),
        cmocka_unit_test_setup(test_modules, set_up),
        cmocka_unit_test_setup(test_configuration, set_up),
        cmocka_unit_test_setup(test_module_for_32_bits, set_up),
        cmocka_unit_test_setup(test_no_copy, set_up),
        cmocka_unit_test_setup(test_old_copy, set_up),
        cmocka_unit_test_setup(test_pinned, set_up),
        cmocka_unit_test_setup(test_closed, set_up),
        cmocka_unit_test_setup(test_rounds, set_up),
        cmocka_unit_test_setup(test_service, set_up),
        cmocka_unit_test_setup(test_resolv_conf, set_up),
        cmocka_unit_test_setup(test_silent, set_up),
        cmocka_unit_test_setup(test_printable, set_up),
        cmocka_unit_test_setup(test_all, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
