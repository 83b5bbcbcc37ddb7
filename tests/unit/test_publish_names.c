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
static void expect_names(const char *text, size_t len, enum admission admission, bool www,
                         const char *want, struct skips *skips)
{
    struct names names = {.admission = admission, .www = www, .skips = skips};
    struct problem problem;
    struct scratch s;
    char all[4096] = "";
    struct records *records;

    *skips = (struct skips){0};
    scratch_open(&s);
    scratch_write(&s, "names", text, len);
    assert_int_equal(records_new(&names.records), 0);
    records = names.records;
    assert_int_equal(names_read(&names, scratch_path(&s, "names"), &problem), 0);
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
        {"Rank,Domain\n1,a.org\n\n2,b.org\n", "a.org b.org"},
        {"\"1\",\"a.org\"\r\n\"2\" , \" b.org \"\r\n", "a.org b.org"},
        {"origin,rank\nhttps://www.example.org,1000\nhttp://a.org,1000\n", "www.example.org a.org"},
        {"https://a.org,1000\n", "a.org"},
        {"GlobalRank,TldRank,Domain,TLD,RefSubNets\n1,1,a.org,org,9\n2,7,b.net,net,8\n",
         "a.org b.net"},
        {"1,1,a.org,org,9\n", "a.org"},
        {"\"Rank\",\"Domain\",\"Open Page Rank\"\n\"1\",\"a.org\",\"10.00\"\n", "a.org"},
        {"\xef\xbb\xbf"
         "domain\r\na.org\r\nb.org\r\n",
         "a.org b.org"},
        {"rank,domain,categories\n1,a.org,\"Search Engines, Technology\"\n", "a.org"},
        {"domain,categories\na.org,Technology;News\n", "a.org"},
        {"1,a.org\nrank,name\n1,b.org\nc.org\n", "a.org b.org c.org"},
        {"https://me:pass@A.org:8443/x?y@z#f\nssh://git@b.org/\nhttps://c.org?q\n",
         "a.org b.org c.org"},
        {"_dmarc.example.com\nxn--bcher-kva.org\n", "_dmarc.example.com xn--bcher-kva.org"},
    };
    struct skips skips;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_names(cases[i].text, strlen(cases[i].text), ADMIT_PUBLIC, false, cases[i].want,
                     &skips);
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
    expect_names(text, strlen(text), ADMIT_PUBLIC, true, "xn--bcher-kva.org www.xn--bcher-kva.org",
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
    static const char text[] = "a.org\nlocalhost\nx.local\n-a.org\n1.2.3.4\n"
                               "1,\n1,,a.org\nb.org,c.org\n,c.org\nhttps://[2001:db8::1]:8/\n"
                               "d.org\n";
    struct skips skips;

    (void)state;
    expect_names(text, strlen(text), ADMIT_PUBLIC, false, "a.org b.org d.org", &skips);
    assert_int_equal(skips.count[SKIP_SPECIAL], 2);
    assert_int_equal(skips.count[SKIP_MALFORMED], 5);
    assert_int_equal(skips.count[SKIP_LITERAL], 2);
    assert_int_equal(skips.shown[SKIP_SPECIAL][1].line, 3);
    assert_string_equal(skips.shown[SKIP_SPECIAL][1].word, "x.local");
    assert_string_equal(skips.shown[SKIP_MALFORMED][0].word, "-a.org");
    expect_names(text, strlen(text), ADMIT_ALL, false, "a.org localhost x.local b.org d.org",
                 &skips);
    assert_int_equal(skips.count[SKIP_SPECIAL], 0);
}

/* `NAME:PORT`; what is no port is no name. */
static void test_ports(void **state)
{
    static const char text[] = "a.org:25\nb.org\n1,c.org:65535\nd.org:0\ne.org:65536\nf.org:x\n"
                               "b.org:993\nhttps://g.org:8443/\n2001:db8::1\n:25\nh.org:\n";
    static const struct {
        const char *name;
        uint16_t port;
    } want[] = {{"a.org", 25}, {"b.org", 993}, {"c.org", 65535}, {"g.org", 0}};
    struct problem problem;
    struct skips skips = {0};
    struct names names = {.skips = &skips};
    struct scratch s;

    (void)state;
    scratch_open(&s);
    scratch_write(&s, "names", text, strlen(text));
    assert_int_equal(records_new(&names.records), 0);
    assert_int_equal(names_read(&names, scratch_path(&s, "names"), &problem), 0);
    scratch_close(&s);
    assert_int_equal(records_count(names.records), 4);
    for (size_t i = 0; i < 4; i++) {
        uint32_t id = records_find(names.records, want[i].name, strlen(want[i].name));

        assert_int_not_equal(id, 0);
        assert_int_equal(records_port(names.records, id), want[i].port);
    }
    assert_int_equal(skips.count[SKIP_MALFORMED], 5);
    records_free(names.records);
}

/* What is admitted of a name is the most that a list says. */
static void test_admission(void **state)
{
    static const struct {
        const char *name;
        enum admission want;
    } cases[] = {
        {"a.org", ADMIT_PUBLIC},      {"b.org", ADMIT_PRIVATE},
        {"www.b.org", ADMIT_PRIVATE}, {"git.corp.internal", ADMIT_PRIVATE},
        {"c.org", ADMIT_PUBLIC},
    };
    struct skips skips = {0};
    struct names names = {.www = true, .skips = &skips};
    struct problem problem;
    struct scratch s;

    (void)state;
    scratch_open(&s);
    assert_int_equal(records_new(&names.records), 0);
    scratch_write(&s, "public", "a.org\nb.org\nx.internal\n", 23);
    scratch_write(&s, "private", "b.org\ngit.corp.internal\nx.local\nshort\n", 38);
    scratch_write(&s, "more", "c.org\nb.org\n", 12);
    assert_int_equal(names_read(&names, scratch_path(&s, "public"), &problem), 0);
    names.admission = ADMIT_PRIVATE;
    assert_int_equal(names_read(&names, scratch_path(&s, "private"), &problem), 0);
    names.admission = ADMIT_PUBLIC;
    assert_int_equal(names_read(&names, scratch_path(&s, "more"), &problem), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t id = records_find(names.records, cases[i].name, strlen(cases[i].name));

        assert_int_not_equal(id, 0);
        assert_int_equal(records_admission(names.records, id), cases[i].want);
    }
    assert_int_equal(skips.count[SKIP_SPECIAL], 3);
    records_free(names.records);
    scratch_close(&s);
}

/* What else stands in a line is told, each word of it. */
static void test_second(void **state)
{
    static const char text[] = "a.org b.org c.org # d.org\n8.8.8.8 e.org\n1, f.org g.org\n";
    struct skips skips;

    (void)state;
    expect_names(text, strlen(text), ADMIT_PUBLIC, false, "a.org f.org", &skips);
    assert_int_equal(skips.count[SKIP_MALFORMED], 4);
    assert_int_equal(skips.count[SKIP_LITERAL], 1);
    assert_string_equal(skips.shown[SKIP_MALFORMED][0].word, "b.org");
    assert_string_equal(skips.shown[SKIP_MALFORMED][0].why, "a second word on its line");
    assert_int_equal(skips.shown[SKIP_MALFORMED][2].line, 2);
}

static void test_www(void **state)
{
    char name[NAME_MAX_OCTETS + 1], text[600], want[1200];
    struct skips skips;

    (void)state;
    expect_names("a.org\nwww.b.org\nwww.a.org\nwwww.c.org\n", 38, ADMIT_PUBLIC, true,
                 "a.org www.a.org www.b.org wwww.c.org www.wwww.c.org", &skips);
    /* One that has no room for it. */
    memset(name, 'a', sizeof name);
    for (int i = 62; i < 250; i += 63)
        name[i] = '.';
    name[251] = '\0';
    sprintf(text, "%s\n%s\n", name, name + 2);
    sprintf(want, "%s %s www.%s", name, name + 2, name + 2);
    expect_names(text, strlen(text), ADMIT_PUBLIC, true, want, &skips);
}

static void test_long_line(void **state)
{
    static const char end[] = "\nb.org\n";
    char *text = malloc((1 << 20) + sizeof end);
    struct skips skips;

    (void)state;
    memset(text, 'a', 1 << 20);
    memcpy(text + (1 << 20), end, sizeof end);
    expect_names(text, (1 << 20) + sizeof end - 1, ADMIT_PUBLIC, false, "b.org", &skips);
    assert_int_equal(skips.count[SKIP_MALFORMED], 1);
    free(text);
}

static void test_no_file(void **state)
{
    struct skips skips = {0};
    struct names names = {.skips = &skips};
    struct problem problem;

    (void)state;
    assert_int_equal(names_read(&names, "/nowhere/names", &problem), E_INPUT);
    assert_non_null(strstr(problem.text, "/nowhere/names: No such file"));
}

static void test_html(void **state)
{
    static const char text[] = "\xef\xbb\xbf\n  <!DOCTYPE html>\n<a href=\"https://a.org\">\n";
    struct skips skips = {0};
    struct names names = {.skips = &skips};
    struct problem problem;
    struct scratch s;

    (void)state;
    scratch_open(&s);
    scratch_write(&s, "names", text, sizeof text - 1);
    assert_int_equal(names_read(&names, scratch_path(&s, "names"), &problem), E_INPUT);
    assert_non_null(strstr(problem.text, "names: a page of HTML, not a list of names"));
    assert_int_equal(names.taken, 0);
    scratch_close(&s);
}

/* The first ones of two lists, each once; those that are given count, and are not taken. */
static void test_top(void **state)
{
    struct skips skips = {0};
    struct names names = {.skips = &skips, .www = true, .top = 4};
    struct problem problem;
    struct scratch s;

    (void)state;
    scratch_open(&s);
    scratch_write(&s, "one", "a.org\nb.org\na.org\ngiven.org\ngiven.org\n", 38);
    scratch_write(&s, "two", "b.org\nc.org\n-bad-\n", 18);
    assert_int_equal(records_new(&names.records), 0);
    assert_int_equal(records_new(&names.given), 0);
    assert_int_equal(records_name(names.given, "given.org", 9), 1);
    assert_int_equal(names_read(&names, scratch_path(&s, "one"), &problem), 0);
    assert_int_equal(names.taken, 3);
    assert_int_equal(names_read(&names, scratch_path(&s, "two"), &problem), 0);
    assert_int_equal(names.taken, 4);
    assert_int_equal(skips.count[SKIP_MALFORMED], 0);
    assert_int_equal(records_count(names.records), 7);
    assert_int_not_equal(records_find(names.records, "www.given.org", 13), 0);
    assert_int_equal(records_find(names.records, "given.org", 9), 0);
    records_free(names.records);
    records_free(names.given);
    scratch_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),      cmocka_unit_test(test_skips),
        cmocka_unit_test(test_www),        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_no_file),    cmocka_unit_test(test_second),
        cmocka_unit_test(test_any_script), cmocka_unit_test(test_html),
        cmocka_unit_test(test_top),        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_admission),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
