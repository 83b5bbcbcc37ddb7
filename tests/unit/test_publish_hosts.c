/* hosts(5) files as they are found in the wild. */
#include "publish/hosts.h"
#include "registry/text.h"
#include <fcntl.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct outcome {
    int code;
    char text[8192]; /* the registry text */
    struct skips skips;
    struct problem problem;
};

static void read_octets(struct outcome *outcome, const void *data, size_t len, bool private)
{
    struct records_walk walk = {.next = 0};
    char path[] = "test_publish_hosts.XXXXXX", line[TEXT_LINE_MAX];
    struct records *records = NULL;
    struct record record;
    size_t used = 0;
    int fd = mkostemp(path, O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), len);
    close(fd);
    memset(outcome, 0, sizeof *outcome);
    assert_int_equal(records_new(&records), 0);
    outcome->code = hosts_read(path, private, records, &outcome->skips, &outcome->problem);
    unlink(path);
    records_sort(records);
    while (records_next(records, &walk, &record) > 0) {
        size_t n = text_format(&record, line);

        assert_true(used + n < sizeof outcome->text);
        memcpy(outcome->text + used, line, n);
        used += n;
    }
    records_free(records);
}

static void read_text(struct outcome *outcome, const char *text, bool private)
{
    read_octets(outcome, text, strlen(text), private);
    assert_int_equal(outcome->code, 0);
}

static void expect(const char *hosts, const char *text)
{
    struct outcome outcome;

    read_text(&outcome, hosts, false);
    assert_string_equal(outcome.text, text);
    for (int kind = 0; kind < SKIP_KINDS; kind++)
        assert_int_equal(outcome.skips.count[kind], 0);
}

static void test_wild(void **state)
{
    (void)state;
    expect("8.8.8.8 dns.google\n", "dns.google 8.8.8.8\n");
    expect("8.8.8.8 dns.google", "dns.google 8.8.8.8\n");
    expect("8.8.8.8\tdns.google\r\n9.9.9.9  \t dns.quad9.net \r\n",
           "dns.google 8.8.8.8\ndns.quad9.net 9.9.9.9\n");
    expect("\xef\xbb\xbf"
           "8.8.8.8 dns.google\n",
           "dns.google 8.8.8.8\n");
    expect(
        "# all comment\n\n   \t\n #8.8.4.4 x.com\n8.8.8.8 dns.google#x\n8.8.4.4 dns.google # y\n",
        "dns.google 8.8.8.8 8.8.4.4\n");
    expect("  8.8.8.8 DNS.Google. dns.GOOGLE\n", "dns.google 8.8.8.8\n");
    expect("8.8.8.8 b.com a.com\n2001:4860:4860::8888 a.com b.com\n8.8.4.4 a.com\n",
           "a.com 8.8.8.8 8.8.4.4 2001:4860:4860::8888\nb.com 8.8.8.8 2001:4860:4860::8888\n");
    expect("2001:4860:4860:0::8888 a.com\n2001:4860:4860:0:0:0:0:8888 a.com\n",
           "a.com 2001:4860:4860::8888\n");
    expect("8.8.8.8 _dmarc.a.com xn--bcher-kva.com ab--cd.com\n",
           "_dmarc.a.com 8.8.8.8\nab--cd.com 8.8.8.8\nxn--bcher-kva.com 8.8.8.8\n");
    expect("8.8.8.8 z.example.com example.com a.b.example.com b.example.com a-b.example.com\n",
           "example.com 8.8.8.8\na-b.example.com 8.8.8.8\nb.example.com 8.8.8.8\n"
           "a.b.example.com 8.8.8.8\nz.example.com 8.8.8.8\n");
    expect("8.8.8.8 a.com\r9.9.9.9 b.com\r\r\n8.8.4.4 c.com\r",
           "a.com 8.8.8.8\nb.com 9.9.9.9\nc.com 8.8.4.4\n");
    expect("", "");
}

/* Two lines in one: nobody knows whose the names after an address are. */
static void test_joined(void **state)
{
    static const struct {
        const char *line;
        uint64_t skipped;
    } cases[] = {
        {"8.8.8.8 a.com 9.9.9.9 b.com\n", 2},    {"8.8.8.8 a.com b.com9.9.9.9 c.com d.com\n", 3},
        {"8.8.8.8 a.com x2a00::1 b.com\n", 2},   {"8.8.8.8 a.com ::1 localhost b.com # c.com\n", 3},
        {"8.8.8.8 a.com 9.9.9.9. b.com\n", 2},   {"8.8.8.8 a.com (9.9.9.9) b.com\n", 2},
        {"8.8.8.8 a.com 9.9.9.9/32 b.com\n", 2}, {"8.8.8.8 a.com;9.9.9.9 b.com\n8.8.8.8 a.com", 2},
        {"8.8.8.8 -b.com a.com\n", 1},           {"8.8.8.8 a.com b.c.1\n", 1},
    };
    struct outcome outcome;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        read_text(&outcome, cases[i].line, true);
        assert_string_equal(outcome.text, "a.com 8.8.8.8\n");
        assert_int_equal(outcome.skips.count[SKIP_MALFORMED], cases[i].skipped);
    }
    read_text(&outcome, cases[1].line, true);
    assert_string_equal(outcome.skips.shown[SKIP_MALFORMED][0].word, "b.com9.9.9.9");
    assert_string_equal(outcome.skips.shown[SKIP_MALFORMED][1].why,
                        "stands after an address in a name's place");
}

static void expect_skip(const char *hosts, size_t len, enum skip_kind kind, uint64_t line,
                        const char *word)
{
    struct outcome outcome;

    read_octets(&outcome, hosts, len, false);
    assert_int_equal(outcome.code, 0);
    assert_string_equal(outcome.text, "a.com 8.8.8.8\n");
    for (int k = 0; k < SKIP_KINDS; k++)
        assert_int_equal(outcome.skips.count[k], k == (int)kind);
    assert_int_equal(outcome.skips.shown[kind][0].line, line);
    assert_string_equal(outcome.skips.shown[kind][0].word, word);
    assert_non_null(outcome.skips.shown[kind][0].why);
}

#define SKIP(text, kind, line, word) expect_skip(text, sizeof text - 1, kind, line, word)

static void test_skips(void **state)
{
    (void)state;
    SKIP("8.8.8.8 a.com\n8.8.8 b.com c.com\n", SKIP_MALFORMED, 2, "8.8.8");
    SKIP("8.8.8.8 a.com\n8.8.8.8\n", SKIP_MALFORMED, 2, "8.8.8.8");
    SKIP("8.8.8.8 a.com\nfe80::1%lo0 localhost\n", SKIP_MALFORMED, 2, "fe80::1%lo0");
    SKIP("8.8.8.8 a.com -b.com\n", SKIP_MALFORMED, 1, "-b.com");
    SKIP("\n\n8.8.8.8 a.com 1.2.3.4\n", SKIP_MALFORMED, 3, "1.2.3.4");
    SKIP("8.8.8.8 a.com\r\r2001:4860::9.9.9.9 b.com\n", SKIP_MALFORMED, 3, "2001:4860::9.9.9.9");
    SKIP("8.8.8.8 a.com b\xc3\x28.com\n", SKIP_MALFORMED, 1, "b?(.com");
    SKIP("8.8.8.8 a.com\n8.8.8.8 b\0.com\n", SKIP_MALFORMED, 2, "b?.com");
    SKIP("8.8.8.8 a.com\n8.8.8.8\0 b.com\n", SKIP_MALFORMED, 2, "8.8.8.8?");
    SKIP("8.8.8.8 a.com \x1b[31mred.com\n", SKIP_MALFORMED, 1, "?[31mred.com");
    SKIP("8.8.8.8 a.com localhost\n", SKIP_SPECIAL, 1, "localhost");
    SKIP("8.8.8.8 a.com\n8.8.8.8 printer.local\n", SKIP_SPECIAL, 2, "printer.local");
    SKIP("127.0.0.1 localhost\n8.8.8.8 a.com\n", SKIP_SPECIAL, 1, "localhost");
    SKIP("8.8.8.8 a.com\n0.0.0.0 b.com\n", SKIP_ADDRESS, 2, "0.0.0.0");
    SKIP("8.8.8.8 a.com\n::ffff:8.8.8.8 a.com\n", SKIP_ADDRESS, 2, "::ffff:8.8.8.8");
}

static void test_private(void **state)
{
    struct outcome outcome;

    (void)state;
    read_text(&outcome, "10.0.0.1 intranet db.corp.internal\nfd00::1 intranet\n0.0.0.0 1.2\n",
              true);
    assert_string_equal(outcome.text, "db.corp.internal 10.0.0.1\nintranet 10.0.0.1 fd00::1\n");
    assert_int_equal(outcome.skips.count[SKIP_MALFORMED], 1);
}

/* The first 64 addresses of a name count, of either family. */
static void test_too_many(void **state)
{
    char hosts[16384] = "2001:4860::1 a.com\n", *p = hosts + strlen(hosts), *count;
    struct outcome outcome;
    unsigned addresses = 0;

    (void)state;
    for (int i = 0; i < 70; i++)
        p += sprintf(p, "8.8.8.%d a.com\n8.8.8.%d a.com b.com\n", i, i);
    read_text(&outcome, hosts, false);
    for (count = outcome.text; (count = strchr(count, ' ')) != NULL; count++)
        addresses++;
    assert_int_equal(addresses, 64 + 64);
    assert_non_null(strstr(outcome.text, "8.8.8.62 2001:4860::1\nb.com"));
    assert_int_equal(outcome.skips.count[SKIP_TOO_MANY], 7 + 7 + 6);
    assert_string_equal(outcome.skips.shown[SKIP_TOO_MANY][0].word, "8.8.8.63");
}

/* A line too long counts once, unless all that is too much is comment. */
static void test_long_line(void **state)
{
    size_t len = 1 << 20;
    char *hosts = malloc(len + 64), *p;
    struct outcome outcome;

    (void)state;
    p = mempcpy(hosts, "8.8.8.8", 7);
    while (p < hosts + len)
        p = mempcpy(p, " x.com", 6);
    p = mempcpy(p, "\n8.8.4.4 a.com\n", 15);
    read_octets(&outcome, hosts, (size_t)(p - hosts), false);
    assert_string_equal(outcome.text, "a.com 8.8.4.4\n");
    assert_int_equal(outcome.skips.count[SKIP_MALFORMED], 1);
    assert_int_equal(outcome.skips.shown[SKIP_MALFORMED][0].line, 1);
    memcpy(hosts + 13, "#", 1);
    read_octets(&outcome, hosts, (size_t)(p - hosts), false);
    assert_string_equal(outcome.text, "a.com 8.8.4.4\nx.com 8.8.8.8\n");
    assert_int_equal(outcome.skips.count[SKIP_MALFORMED], 0);
    free(hosts);
}

static void test_shown(void **state)
{
    struct outcome outcome;

    (void)state;
    read_text(&outcome, "x\ny\nz\nu\nv\n8.8.8.8 localhost\n", false);
    assert_int_equal(outcome.skips.count[SKIP_MALFORMED], 5);
    assert_string_equal(outcome.skips.shown[SKIP_MALFORMED][2].word, "z");
    assert_int_equal(outcome.skips.shown[SKIP_MALFORMED][2].line, 3);
    assert_string_equal(outcome.skips.shown[SKIP_SPECIAL][0].word, "localhost");
}

static void test_unreadable(void **state)
{
    struct records *records = NULL;
    struct skips skips = {0};
    struct problem problem;

    (void)state;
    assert_int_equal(records_new(&records), 0);
    assert_int_equal(hosts_read("/nonexistent/hosts", false, records, &skips, &problem), E_INPUT);
    assert_string_equal(problem.text, "/nonexistent/hosts: No such file or directory");
    records_free(records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wild),     cmocka_unit_test(test_joined),
        cmocka_unit_test(test_skips),    cmocka_unit_test(test_private),
        cmocka_unit_test(test_too_many), cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_shown),    cmocka_unit_test(test_unreadable),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
