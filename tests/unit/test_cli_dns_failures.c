/* How long glibc waits for silent nameservers. tests/nss measures the same. */
#include "cli/dns_failures.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_wait(void **state)
{
    static const struct {
        struct resolv_conf resolv_conf;
        int seconds;
    } waits[] = {
        {{.count = 1, .timeout = 5, .attempts = 2}, 10},
        {{.count = 1, .timeout = 5, .attempts = 2, .searches = 2}, 20},
        {{.count = 2, .timeout = 5, .attempts = 2}, 20},
        {{.count = 3, .timeout = 5, .attempts = 2}, 28},
        {{.count = 3, .timeout = 1, .attempts = 1}, 3},
        {{.count = 3, .timeout = 30, .attempts = 5, .searches = 6}, 900},
        {{.count = 1, .timeout = 5, .attempts = 2, .tcp = true}, -1},
        {{.count = 0, .timeout = 5, .attempts = 2}, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
        assert_int_equal(dns_failure_silence(&waits[i].resolv_conf), waits[i].seconds);
}

static struct hosts_line line_of(const char *text)
{
    struct hosts_line line;

    assert_int_equal(hosts_line_parse(text, strlen(text), &line), 0);
    return line;
}

static void test_line_decides(void **state)
{
    static const struct resolv_conf resolv_conf = {.count = 1, .timeout = 5, .attempts = 2};
    static const struct {
        const char *line;
        int seconds; /* of silence */
        bool silent, cut, denied;
    } lines[] = {
        {"files dns gitdns", 10, true, true, false},
        {"files dns [NOTFOUND=return] gitdns", 10, true, false, false},
        {"files dns [UNAVAIL=return] gitdns", 10, false, true, false},
        {"files gitdns dns", 0, true, true, true},
        {"files resolve [!UNAVAIL=return] dns gitdns", -1, false, false, false},
        {"files gitdns", 0, true, true, true},
        {"files dns", 10, false, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct hosts_line line = line_of(lines[i].line);

        for (int k = 0; k < DNS_FAILURES; k++) {
            bool reached = dns_failure_reaches(&dns_failures[k], &line);

            if (strcmp(dns_failures[k].word, "silent") == 0) {
                assert_int_equal(reached, lines[i].silent);
                assert_int_equal(dns_failure_wait(&dns_failures[k], &line, &resolv_conf),
                                 lines[i].seconds);
            } else if (strcmp(dns_failures[k].word, "truncated-close") == 0) {
                assert_int_equal(reached, lines[i].cut);
            } else if (strcmp(dns_failures[k].word, "nxdomain") == 0) {
                assert_int_equal(reached, lines[i].denied);
                assert_int_equal(dns_failure_wait(&dns_failures[k], &line, &resolv_conf), 0);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wait),
        cmocka_unit_test(test_line_decides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
