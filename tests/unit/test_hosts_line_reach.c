/* What `gitdns status` says of a hosts line. tests/nss runs glibc on the same lines. */
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
        report = reach_judge(&line);
        if (report.reach != lines[i].reach || strcmp(report.by, lines[i].by) != 0)
            fail_msg("`%s' is %s by `%s'", lines[i].line, reach_word(report.reach), report.by);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
