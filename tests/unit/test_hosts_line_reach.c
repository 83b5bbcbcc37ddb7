/* What `gitdns status` says of a hosts line. tests/nss runs glibc on the same lines. */
#include "cli/format.h"
#include "hosts_line/reach.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *line;
    enum reach reach;
    const char *by;
} lines[] = {
    {"files dns gitdns", REACH_OUTAGE, ""},
    {"files mdns4_minimal [NOTFOUND=return] dns gitdns myhostname", REACH_OUTAGE, ""},
    {"files dns [NOTFOUND=return] gitdns", REACH_OUTAGE, ""},
    {"files gitdns dns", REACH_ALWAYS, ""},
    {"files gitdns", REACH_ALWAYS, ""},
    {"gitdns dns gitdns", REACH_OUTAGE, ""},
    {"files dns", REACH_ABSENT, ""},
    {"files dns myhostname gitdns", REACH_FORGOTTEN, "myhostname"},
    {"dns files gitdns", REACH_FORGOTTEN, "files"},
    {"files dns gitdns [SUCCESS=continue] files", REACH_OVERRULED, "gitdns"},
    {"files dns [SUCCESS=merge] gitdns", REACH_OVERRULED, "dns"},
    {"files gitdns [SUCCESS=continue] dns", REACH_OVERRULED, "gitdns"},
    {"files dns gitdns dns [SUCCESS=continue]", REACH_OUTAGE, ""},
    {"files dns gitdns_outage gitdns", REACH_FORGOTTEN, "gitdns_outage"},
    {"files dns gitdns_outage [TRYAGAIN=return] gitdns", REACH_FORGOTTEN, "gitdns_outage"},
    {"files gitdns_outage [TRYAGAIN=return] dns gitdns", REACH_OUTAGE, ""},
    {"gitdns_outage dns gitdns gitdns", REACH_OUTAGE, ""},
    {"files resolve [!UNAVAIL=return] dns gitdns", REACH_ENDED, "resolve"},
    {"files dns [!UNAVAIL=return] gitdns", REACH_ENDED, "dns"},
    {"files dns [UNAVAIL=return] gitdns", REACH_ENDED, "dns"},
    {"files [NOTFOUND=return] dns gitdns", REACH_ENDED, "files"},
    {"files wins [UNAVAIL=return] dns gitdns", REACH_ENDED, "wins"},
};

static void test_judge(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct hosts_line line;
        struct reach_report report;

        assert_int_equal(hosts_line_parse(lines[i].line, strlen(lines[i].line), &line), 0);
        report = reach_judge(&line, 1);
        if (report.reach != lines[i].reach || strcmp(report.by, lines[i].by) != 0)
            fail_msg("`%s' is %s by `%s'", lines[i].line, reach_word(report.reach), report.by);
    }
    assert_int_equal(reach_judge(&(struct hosts_line){0}, 0).reach, REACH_UNREADABLE);
}

static void test_line_is_said_back(void **state)
{
    static const char text[] = "files mdns4_minimal [NOTFOUND=return] dns gitdns [SUCCESS=merge]";
    char out[REACH_LINE_OCTETS];
    struct hosts_line line;

    (void)state;
    assert_int_equal(hosts_line_parse(text, strlen(text), &line), 0);
    reach_format_line(&line, out);
    assert_string_equal(out, text);
}

static void test_distance(void **state)
{
    char out[FORMAT_OCTETS];

    (void)state;
    assert_string_equal(format_distance(100, 100, out), "now");
    assert_string_equal(format_distance(100, 99, out), "1 second ago");
    assert_string_equal(format_distance(0, 119, out), "in 119 seconds");
    assert_string_equal(format_distance(0, 120, out), "in 2 minutes");
    assert_string_equal(format_distance(0, 47 * 3600, out), "in 47 hours");
    assert_string_equal(format_distance(0, 48 * 3600, out), "in 2 days");
    assert_string_equal(format_distance(0, 60 * 86400 - 2, out), "in 60 days");
    assert_string_equal(format_distance(INT64_MAX, 0, out), "106751991167301 days ago");
}

static void test_count(void **state)
{
    char out[FORMAT_OCTETS];

    (void)state;
    assert_string_equal(format_count(0, out), "0");
    assert_string_equal(format_count(999, out), "999");
    assert_string_equal(format_count(1000, out), "1,000");
    assert_string_equal(format_count(UINT64_MAX, out), "18,446,744,073,709,551,615");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),
        cmocka_unit_test(test_line_is_said_back),
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
