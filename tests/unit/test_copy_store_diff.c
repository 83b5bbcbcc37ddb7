/* Two stores side by side: each difference once, in order, with what was before and after. */
#include "copy/copy.h"
#include "copy/store_diff.h"
#include "registry/text.h"
#include "tests/unit/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SOME                                                                                       \
    "com 192.0.2.1\na.com 192.0.2.2\nc.com 192.0.2.3 2001:db8::3 cname=x.net\nnet 192.0.2.4\n"
#define ENOUGH (-7)

struct output {
    char text[4096];
    size_t len;
    int visits_left;
};

static void put(struct output *output, char sign, const struct record *record)
{
    if (record == NULL)
        return;
    assert_true(output->len + TEXT_LINE_MAX + 1 < sizeof output->text);
    output->text[output->len++] = sign;
    output->len += text_format(record, output->text + output->len);
}

static int visit(void *user, const struct record *before, const struct record *after)
{
    struct output *output = user;

    assert_true(before != NULL || after != NULL);
    if (output->visits_left-- == 0)
        return ENOUGH;
    put(output, '-', before);
    put(output, '+', after);
    return 0;
}

static void open_text(struct scratch *scratch, const char *text, struct store *store)
{
    scratch_open(scratch);
    scratch_store(scratch, text, INT64_MAX);
    assert_int_equal(store_open(store, scratch_path(scratch, STORE_FILE)), 0);
}

static int walk(const char *old, const char *new, int visits, struct output *output,
                struct store_diff_counts *counts)
{
    struct scratch a, b;
    struct store before, after;
    int r;

    *output = (struct output){.visits_left = visits};
    open_text(&a, old, &before);
    open_text(&b, new, &after);
    r = store_diff_walk(&before, &after, visit, output);
    assert_int_equal(store_diff_count(&before, &after, counts), 0);
    store_unmap(&before);
    store_unmap(&after);
    scratch_close(&a);
    scratch_close(&b);
    output->text[output->len] = '\0';
    return r;
}

static void test_differences(void **state)
{
    static const struct {
        const char *old, *new, *want;
        unsigned added, removed, changed;
    } cases[] = {
        {SOME, SOME, "", 0, 0, 0},
        {SOME, SOME "org 192.0.2.9\n", "+org 192.0.2.9\n", 1, 0, 0},
        {SOME "org 192.0.2.9\n", SOME, "-org 192.0.2.9\n", 0, 1, 0},
        {"aero 192.0.2.9\n" SOME, SOME, "-aero 192.0.2.9\n", 0, 1, 0},
        {SOME, "aero 192.0.2.9\n" SOME, "+aero 192.0.2.9\n", 1, 0, 0},
        /* In the order of names, not of octets: a.com stands after com. */
        {"com 192.0.2.1\n", "a.com 192.0.2.1\n", "-com 192.0.2.1\n+a.com 192.0.2.1\n", 1, 1, 0},
        {"a.com 192.0.2.1\nb.com 192.0.2.1\n", "a.com 192.0.2.2\nb.com 192.0.2.1 192.0.2.2\n",
         "-a.com 192.0.2.1\n+a.com 192.0.2.2\n-b.com 192.0.2.1\n+b.com 192.0.2.1 192.0.2.2\n", 0, 0,
         2},
        /* The order of addresses counts; so do a family and a canonical name. */
        {"com 192.0.2.1 192.0.2.2\n", "com 192.0.2.2 192.0.2.1\n",
         "-com 192.0.2.1 192.0.2.2\n+com 192.0.2.2 192.0.2.1\n", 0, 0, 1},
        {"com 192.0.2.1\n", "com 192.0.2.1 2001:db8::1\n",
         "-com 192.0.2.1\n+com 192.0.2.1 2001:db8::1\n", 0, 0, 1},
        {"com 2001:db8::2\n", "com 2001:db8::1\n", "-com 2001:db8::2\n+com 2001:db8::1\n", 0, 0, 1},
        {"com 192.0.2.1\n", "com 192.0.2.1 cname=a.b\n",
         "-com 192.0.2.1\n+com 192.0.2.1 cname=a.b\n", 0, 0, 1},
        {"com 192.0.2.1 cname=a.c\n", "com 192.0.2.1 cname=a.b\n",
         "-com 192.0.2.1 cname=a.c\n+com 192.0.2.1 cname=a.b\n", 0, 0, 1},
    };
    struct store_diff_counts counts;
    struct output output;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(walk(cases[i].old, cases[i].new, 100, &output, &counts), 0);
        assert_string_equal(output.text, cases[i].want);
        assert_int_equal(counts.added, cases[i].added);
        assert_int_equal(counts.removed, cases[i].removed);
        assert_int_equal(counts.changed, cases[i].changed);
    }
}

static void test_ends_when_told(void **state)
{
    struct store_diff_counts counts;
    struct output output;

    (void)state;
    assert_int_equal(walk(SOME, "org 192.0.2.9\n", 2, &output, &counts), ENOUGH);
    assert_string_equal(output.text, "-com 192.0.2.1\n-a.com 192.0.2.2\n");
    assert_int_equal(counts.added + counts.removed, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_differences),
        cmocka_unit_test(test_ends_when_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
