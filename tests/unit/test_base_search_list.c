/* The domains in which a name without a dot is searched. What glibc itself does with such files is
 * in tests/nss/test_short_names.py. */
#include "base/line_reader.h"
#include "base/search_list.h"
#include "tests/unit/scratch_lab.h"
#include <sys/utsname.h>

/* What is tried for `db1`, with blanks between. */
static const char *tried(const char *text, size_t len)
{
    static char all[100000];
    struct search_list list;
    char name[256];

    all[0] = '\0';
    scratch_write(&scratch, "resolv.conf", text, len);
    search_list_read(scratch_path(&scratch, "resolv.conf"), &list);
    for (size_t at = 0; search_list_next(&list, &at, "db1", name, sizeof name);)
        sprintf(all + strlen(all), "%s%s", all[0] != '\0' ? " " : "", name);
    return all;
}

static void test_table(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"search a.org\n", "db1.a.org db1"},
        {"search a.org", "db1.a.org db1"},
        {"search \t a.org\t b.org  \n", "db1.a.org db1.b.org db1"},
        {"search a.org\nsearch b.org\n", "db1.b.org db1"},
        {"search a.org\ndomain b.org\n", "db1.b.org db1"},
        {"domain a.org b.org\n", "db1.a.org db1"},
        {"search a.org\nsearch \nsearch\n", "db1.a.org db1"},
        {"#search b.org\n;search b.org\n search b.org\nsearch a.org\n", "db1.a.org db1"},
        {"search a.org.\n", "db1.a.org. db1"},
        {"search .a.org\n", "db1.a.org db1"},
        {"search . a.org\n", "db1 db1.a.org db1"},
        {"search a.org\noptions ndots:0\n", "db1 db1.a.org"},
        {"options ndots:0\nsearch a.org\noptions ndots:1\n", "db1.a.org db1"},
        {"search a.org\noptions timeout:1 ndots:00 rotate\n", "db1 db1.a.org"},
        {"search a.org\noptions ndots:5\n", "db1.a.org db1"},
        {"search a.org\noptions ndots:x\n", "db1 db1.a.org"},
        {"search a.org\noptions xndots:0\n", "db1.a.org db1"},
        {"search a.org\r\n", "db1.a.org\r db1"},
        {"searches a.org\nsearch b.org\n", "db1.b.org db1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = tried(cases[i].text, strlen(cases[i].text));

        if (strcmp(got, cases[i].want) != 0)
            fail_msg("`%s' gives `%s'", cases[i].text, got);
    }
}

/* Lines and names that are too long, and files that are no such files. */
static void test_limits(void **state)
{
    char *text = malloc(2 * LINE_READER_OCTETS_MAX), name[256];
    struct search_list list;
    size_t at = 0, len;

    (void)state;
    for (unsigned domains = 1; domains < 400; domains += 7) {
        len = (size_t)sprintf(text, "search");
        for (unsigned i = 0; i < domains; i++)
            len += (size_t)sprintf(text + len, " d%u.example.org", i);
        text[len++] = '\n';
        assert_memory_equal(tried(text, len), "db1.d0.example.org", 18);
        assert_true(strstr(tried(text, len), " db1") != NULL);
        for (const char *p = tried(text, len); (p = strstr(p, "db1.")) != NULL; p++)
            assert_non_null(strstr(p, ".example.org "));
    }
    memset(text, 'a', 2 * LINE_READER_OCTETS_MAX);
    assert_string_equal(tried(text, 2 * LINE_READER_OCTETS_MAX), tried("", 0));
    memcpy(text, "search ", 7);
    assert_string_equal(tried(text, 5000), tried("", 0));
    text[300] = '\n';
    assert_string_equal(tried(text, 301), "db1");
    for (size_t octets = 0; octets < 5000; octets++) {
        text[octets] = "search .\t\n\0x"[octets * 7919 % 12];
        tried(text, octets);
    }
    search_list_none(&list);
    assert_true(search_list_next(&list, &at, "db1", name, sizeof name));
    assert_string_equal(name, "db1");
    assert_false(search_list_next(&list, &at, "db1", name, sizeof name));
    free(text);
}

static void test_own_domain(void **state)
{
    struct utsname host;
    char want[sizeof host.nodename + 16] = "db1";
    const char *dot;

    (void)state;
    assert_int_equal(uname(&host), 0);
    dot = strchr(host.nodename, '.');
    if (dot != NULL)
        sprintf(want, "db1%s db1", dot);
    assert_string_equal(tried("nameserver 127.0.0.1\n", 21), want);
    assert_string_equal(tried("", 0), want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_own_domain),
    };

    return cmocka_run_group_tests(tests, set_up_scratch, tear_down_scratch);
}
