/* Lists of names, in the forms in which they are found. */
#include "publish/names.h"
#include "publish/problem.h"
#include "scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* The names in the order in which they are asked for, with blanks between. */
static void expect_names(const char *text, size_t len, bool private, bool www, const char *want,
                         struct skips *skips)
{
    struct records *records = NULL;
    struct problem problem;
    struct scratch s;
    char all[4096] = "";

    *skips = (struct skips){0};
    scratch_open(&s);
    scratch_write(&s, "names", text, len);
    assert_int_equal(records_new(&records), 0);
    assert_int_equal(names_read(scratch_path(&s, "names"), private, www, records, skips, &problem),
                     0);
    for (uint32_t id = 0; (id = records_after(records, id)) != 0;) {
        size_t n;
        const char *name = records_name_of(records, id, &n);

        assert_int_equal(records_find(records, name, n), id);
        sprintf(all + strlen(all), "%s%.*s", all[0] != '\0' ? " " : "", (int)n, name);
    }
    assert_string_equal(all, want);
    records_free(records);
    scratch_close(&s);
}

static void test_forms(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", ""},
        {"\n\n \t\r\n# example.com\n", ""},
        {"example.com", "example.com"},
        {"b.org\na.org\n", "b.org a.org"},
        {"1,b.org\n22,a.org\r\n", "b.org a.org"},
        {"Example.COM.\nexample.com\n", "example.com"},
        {"\xef\xbb\xbf"
         "example.com\n",
         "example.com"},
        {"  example.com  # why\nb.org#why\nc.org # d.org\n", "example.com b.org c.org"},
        {"a.org\rb.org\r\n\rc.org\r", "a.org b.org c.org"},
        {"1, a.org\n2,\t b.org # x\n", "a.org b.org"},
        {"1.org\n1,1.org\n12,3.org\n", "1.org 3.org"},
        {"_dmarc.example.com\nxn--bcher-kva.org\n", "_dmarc.example.com xn--bcher-kva.org"},
    };
    struct skips skips;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_names(cases[i].text, strlen(cases[i].text), false, false, cases[i].want, &skips);
        for (int kind = 0; kind < SKIP_KINDS; kind++)
            assert_int_equal(skips.count[kind], 0);
    }
}

static void test_any_script(void **state)
{
    static const char text[] = "1,B\xc3\xbc"
                               "cher.org.\nxn--bcher-kva.org\n\xff.org\na\xe2\x80\xae.org\n";
    struct skips skips;

    (void)state;
    expect_names(text, strlen(text), false, true, "xn--bcher-kva.org www.xn--bcher-kva.org",
                 &skips);
    assert_int_equal(skips.count[SKIP_MALFORMED], 2);
    assert_int_equal(skips.conversions, 1);
    assert_int_equal(skips.converted[0].line, 1);
    assert_string_equal(skips.converted[0].word, "B\xc3\xbc"
                                                 "cher.org.");
    assert_string_equal(skips.converted[0].name, "xn--bcher-kva.org");
}

static void test_skips(void **state)
{
    static const char text[] = "a.org\nlocalhost\nx.local\n-a.org\nrank,domain\n1.2.3.4\n"
                               "1,\n1,,a.org\n\"1\",\"b.org\"\n,c.org\nd.org\n";
    struct skips skips;

    (void)state;
    expect_names(text, strlen(text), false, false, "a.org d.org", &skips);
    assert_int_equal(skips.count[SKIP_SPECIAL], 2);
    assert_int_equal(skips.count[SKIP_MALFORMED], 6);
    assert_int_equal(skips.shown[SKIP_SPECIAL][1].line, 3);
    assert_string_equal(skips.shown[SKIP_SPECIAL][1].word, "x.local");
    assert_string_equal(skips.shown[SKIP_MALFORMED][0].word, "-a.org");
    expect_names(text, strlen(text), true, false, "a.org localhost x.local d.org", &skips);
    assert_int_equal(skips.count[SKIP_SPECIAL], 0);
}

/* What else stands in a line is told, each word of it. */
static void test_second(void **state)
{
    static const char text[] = "a.org b.org c.org # d.org\n8.8.8.8 e.org\n1, f.org g.org\n";
    struct skips skips;

    (void)state;
    expect_names(text, strlen(text), false, false, "a.org f.org", &skips);
    assert_int_equal(skips.count[SKIP_MALFORMED], 5);
    assert_string_equal(skips.shown[SKIP_MALFORMED][0].word, "b.org");
    assert_string_equal(skips.shown[SKIP_MALFORMED][0].why, "a second word on its line");
    assert_int_equal(skips.shown[SKIP_MALFORMED][2].line, 2);
}

static void test_www(void **state)
{
    char name[NAME_MAX_OCTETS + 1], text[600], want[1200];
    struct skips skips;

    (void)state;
    expect_names("a.org\nwww.b.org\nwww.a.org\nwwww.c.org\n", 38, false, true,
                 "a.org www.a.org www.b.org wwww.c.org www.wwww.c.org", &skips);
    /* One that has no room for it. */
    memset(name, 'a', sizeof name);
    for (int i = 62; i < 250; i += 63)
        name[i] = '.';
    name[251] = '\0';
    sprintf(text, "%s\n%s\n", name, name + 2);
    sprintf(want, "%s %s www.%s", name, name + 2, name + 2);
    expect_names(text, strlen(text), false, true, want, &skips);
}

static void test_long_line(void **state)
{
    static const char end[] = "\nb.org\n";
    char *text = malloc((1 << 20) + sizeof end);
    struct skips skips;

    (void)state;
    memset(text, 'a', 1 << 20);
    memcpy(text + (1 << 20), end, sizeof end);
    expect_names(text, (1 << 20) + sizeof end - 1, false, false, "b.org", &skips);
    assert_int_equal(skips.count[SKIP_MALFORMED], 1);
    free(text);
}

static void test_no_file(void **state)
{
    struct records *records = NULL;
    struct problem problem;
    struct skips skips = {0};

    (void)state;
    assert_int_equal(records_new(&records), 0);
    assert_int_equal(names_read("/nowhere/names", false, false, records, &skips, &problem),
                     E_INPUT);
    assert_non_null(strstr(problem.text, "/nowhere/names: No such file"));
    records_free(records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),      cmocka_unit_test(test_skips),
        cmocka_unit_test(test_www),        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_no_file),    cmocka_unit_test(test_second),
        cmocka_unit_test(test_any_script),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
