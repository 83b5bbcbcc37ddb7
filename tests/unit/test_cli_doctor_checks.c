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
static struct status_registry *const one = &facts.status.registry[0];

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
    facts = (struct doctor_facts){
        .cli = &cli,
        .start = "start it",
        .restart = "start it again",
        .resolv_conf = {.count = 1, .timeout = 5, .attempts = 2},
        .reload = "have it read",
        .status = {.now = NOW, .registries = 1, .has_copy = true, .outage = {.watched = true}}};
    *one = (struct status_registry){.deadline = NOW + 30 * DAY,
                                    .manifest = {.serial = 7, .created = NOW - 30 * DAY},
                                    .created = NOW - 30 * DAY,
                                    .expires = NOW + 30 * DAY,
                                    .newest = 7,
                                    .known = true,
                                    .asked = true};
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
    assert_int_equal(faults_health(&faults), health);
}

static void assert_fine(void)
{
    doctor_check(&facts, &faults);
    if (faults.count != 0)
        fail_msg("`%s'", faults.fault[0].what);
    assert_int_equal(faults_health(&faults), HEALTH_FINE);
}

static void test_fine(void **state)
{
    (void)state;
    assert_fine();
    assert_true(doctor_counts_line(&facts));
    assert_true(doctor_is_instant(&facts));
    assert_string_equal(faults_word(faults_health(&faults)), "fine");
    assert_string_equal(faults_word(HEALTH_DEGRADED), "degraded");
    assert_string_equal(faults_word(HEALTH_UNPROTECTED), "not protected");
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
    one->store_error = -ENOENT;
    facts.status.has_copy = false;
    assert_finds(HEALTH_UNPROTECTED, "there is no copy", "gitdns pull");
    one->pinned = 7;
    assert_finds(HEALTH_UNPROTECTED, "there is no copy", "gitdns checkout latest");
    facts.homeless = true;
    assert_finds(HEALTH_UNPROTECTED, "there is no copy",
                 "install -d -o gitdns -g gitdns " STORE_DIRECTORY);
    /* The first is the cause, and the second its mend. */
    set_up(state);
    one->store_error = -ENOENT;
    facts.status.has_copy = false;
    one->known = false;
    cli.configured = false;
    doctor_check(&facts, &faults);
    assert_int_equal(faults.count, 2);
    assert_fault(0, HEALTH_DEGRADED, CONFIG_PATH ": there is none",
                 "write " CONFIG_PATH ", see gitdns.conf(5)");
    assert_fault(1, HEALTH_UNPROTECTED, "there is no copy",
                 "write " CONFIG_PATH ", then gitdns pull");
    assert_int_equal(faults_health(&faults), HEALTH_UNPROTECTED);
}

static void test_old_copy(void **state)
{
    (void)state;
    one->deadline = NOW + 7 * DAY;
    assert_fine();
    one->deadline--;
    assert_finds(HEALTH_DEGRADED, "the copy expires in 7 days", "gitdns pull");
    one->deadline = NOW;
    assert_finds(HEALTH_DEGRADED, "the copy expires now", "gitdns pull");
    one->pinned = 7;
    assert_finds(HEALTH_DEGRADED, "the copy expires now, and is pinned", "gitdns checkout latest");
    one->pinned = 0;
    one->deadline--;
    facts.status.has_copy = false;
    assert_finds(HEALTH_UNPROTECTED, "the copy expired 1 second ago: the module answers nothing",
                 "gitdns pull");
    one->pinned = 7;
    assert_finds(HEALTH_UNPROTECTED, ", and is pinned: the module answers nothing",
                 "gitdns checkout latest");
}

static void test_pinned(void **state)
{
    (void)state;
    one->pinned = 7;
    assert_fine();
    one->newest = 8;
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
    strcpy(one->rounds.result, "no answer");
    one->rounds.failures = 1;
    assert_fine();
    one->created--;
    assert_finds(HEALTH_DEGRADED, "not refreshed, 1 time in a row: no answer", "gitdns pull");
    one->rounds.failures = 2;
    assert_finds(HEALTH_DEGRADED, "not refreshed, 2 times in a row: no answer", "gitdns pull");
    one->known = false;
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

/* What is shown of a copy is what programs get of it. */
static void test_answers(void **state)
{
    const struct dns_failure *silent = &dns_failures[0];

    (void)state;
    facts.answered = 5402;
    assert_true(doctor_answers(&facts, silent));
    assert_int_equal(doctor_answered(&facts), 5402);
    cli.registry_name = "mine";
    assert_true(doctor_answers(&facts, silent));
    one->deadline = NOW - 1;
    assert_false(doctor_answers(&facts, silent));
    assert_int_equal(doctor_answered(&facts), 0);
    set_up(state);
    facts.answered = 5402;
    strcpy(facts.status.module_error, "no such module");
    assert_false(doctor_answers(&facts, silent));
    assert_int_equal(doctor_answered(&facts), 0);
    set_up(state);
    facts.answered = 5402;
    set_line("files dns");
    assert_int_equal(doctor_answered(&facts), 0);
}

static void test_outage(void **state)
{
    struct outage_view *outage = &facts.status.outage;

    (void)state;
    assert_false(doctor_is_out(&facts));
    outage->since = NOW - 60;
    outage->everything = true;
    assert_true(doctor_is_out(&facts));
    outage->everything = false;
    assert_false(doctor_is_out(&facts));
    outage->names = 1;
    assert_true(doctor_is_out(&facts));
    outage->elsewhere = true;
    assert_false(doctor_is_out(&facts));
    outage->elsewhere = false;
    outage->watched = false;
    assert_false(doctor_is_out(&facts));
}

/* Whatever a file or a server put into it can be printed. */
static void test_printable(void **state)
{
    (void)state;
    one->rounds.failures = 1;
    one->created--;
    strcpy(one->rounds.result, "\033[31m");
    assert_finds(HEALTH_DEGRADED, "in a row: ?[31m", "gitdns pull");
}

/* All at once: there is room. */
static void test_all(void **state)
{
    (void)state;
    facts.status = (struct status){.now = NOW, .registries = POLICY_REGISTRIES_MAX};
    for (unsigned i = 0; i < facts.status.registries; i++)
        facts.status.registry[i].store_error = E_STORE_DAMAGED;
    facts.status.policy_error = E_STORE_DAMAGED;
    facts.status.outage = (struct outage_view){.watched = true, .forced = BOARD_OFF};
    set_line("files dns");
    strcpy(facts.status.module_error, "no such module");
    cli.directory = "/elsewhere";
    facts.resolv_conf_error = -ENOENT;
    for (int i = 0; i < DOCTOR_FILES; i++)
        facts.closed[i] = (struct closed_path){.path = {(char)('a' + i)}};
    doctor_check(&facts, &faults);
    assert_int_equal(faults.count, 22);
    assert_true(faults.count < FAULTS_MAX);
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
        cmocka_unit_test_setup(test_answers, set_up),
        cmocka_unit_test_setup(test_outage, set_up),
        cmocka_unit_test_setup(test_printable, set_up),
        cmocka_unit_test_setup(test_all, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
