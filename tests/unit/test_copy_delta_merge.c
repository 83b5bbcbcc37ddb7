/* Deltas: applied to a base they give the new text to the octet, or say why not. */
#include "base/error.h"
#include "copy/copy.h"
#include "copy/delta_merge.h"
#include "registry/delta.h"
#include "tests/unit/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define TEXT_MAX 4096
#define BASE                                                                                       \
    "com 192.0.2.1\na.com 192.0.2.2\nc.com 192.0.2.3 2001:db8::3 cname=x.net\nnet 192.0.2.4\n"

struct result {
    char text[TEXT_MAX];
    size_t len;
};

static int put(void *user, const struct record *record)
{
    struct result *result = user;

    assert_true(result->len + TEXT_LINE_MAX < TEXT_MAX);
    result->len += text_format(record, result->text + result->len);
    return 0;
}

/* Applies the delta to a store of `base`; returns the first error. */
static int apply(const char *base, const char *delta, struct result *result)
{
    struct text_reader reader = {.private = true};
    struct delta_merge merge = {.put = put, .user = result};
    struct store store;
    struct scratch s;
    int r = 0;

    result->len = 0;
    scratch_open(&s);
    scratch_store(&s, base, INT64_MAX);
    assert_int_equal(store_open(&store, scratch_path(&s, STORE_FILE)), 0);
    merge.base = &store;
    for (const char *end; r == 0 && *delta != '\0'; delta = end + 1) {
        struct record record;

        end = strchr(delta, '\n');
        r = delta_parse(&reader, delta, (size_t)(end - delta), &record);
        if (r == 0)
            r = delta_merge_line(&merge, &record);
    }
    if (r == 0)
        r = delta_merge_end(&merge);
    result->text[result->len] = '\0';
    store_unmap(&store);
    scratch_close(&s);
    return r;
}

static void test_apply(void **state)
{
    static const struct {
        const char *delta, *text;
    } cases[] = {
        {"", BASE},
        {"a.a.com 192.0.2.9\n", "com 192.0.2.1\na.com 192.0.2.2\na.a.com 192.0.2.9\n"
                                "c.com 192.0.2.3 2001:db8::3 cname=x.net\nnet 192.0.2.4\n"},
        {"aero 192.0.2.9\n-com\n-a.com\n-c.com\n-net\norg 192.0.2.9\n",
         "aero 192.0.2.9\norg 192.0.2.9\n"},
        {"c.com 192.0.2.3\n", "com 192.0.2.1\na.com 192.0.2.2\nc.com 192.0.2.3\nnet 192.0.2.4\n"},
        {"-com\nb.com 192.0.2.7 cname=a.b.c\n",
         "a.com 192.0.2.2\nb.com 192.0.2.7 cname=a.b.c\n"
         "c.com 192.0.2.3 2001:db8::3 cname=x.net\nnet 192.0.2.4\n"},
    };
    struct result result;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(apply(BASE, cases[i].delta, &result), 0);
        assert_string_equal(result.text, cases[i].text);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *delta;
        int error;
    } cases[] = {
        {"-b.com\n", E_DELTA_MISSING},
        {"-org\n", E_DELTA_MISSING},
        {"-net\n-com\n", E_TEXT_ORDER},
        {"-com\n-com\n", E_TEXT_ORDER},
        {"-com\ncom 192.0.2.1\n", E_TEXT_ORDER},
        {"net 192.0.2.1\n-a.com\n", E_TEXT_ORDER},
        {"-\n", E_NAME_SYNTAX},
        {"--com\n", E_NAME_SYNTAX},
        {"-com 192.0.2.1\n", E_NAME_SYNTAX},
        {"- com\n", E_NAME_SYNTAX},
        {"-COM\n", E_NAME_SYNTAX},
        {"com\n", E_ADDRESS_NONE},
        {"\n", E_NAME_SYNTAX},
    };
    struct result result;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int r = apply(BASE, cases[i].delta, &result);

        if (r != cases[i].error)
            fail_msg("%s gives %d (%s)", cases[i].delta, r, error_text(r));
    }
}

static void test_special_use_may_not_even_be_removed(void **state)
{
    struct text_reader reader = {.private = false};
    struct record record;

    (void)state;
    assert_int_equal(delta_parse(&reader, "-a.local", 8, &record), E_NAME_SPECIAL);
    assert_int_equal(delta_parse(&reader, "-a.net", 6, &record), 0);
}

static void test_removal_round_trip(void **state)
{
    struct text_reader reader = {.private = false};
    struct record record = {.name = "a.example.net", .name_len = 13}, again;
    char line[TEXT_LINE_MAX];
    size_t len = delta_format_removal(&record, line);

    (void)state;
    assert_int_equal(len, 15);
    assert_memory_equal(line, "-a.example.net\n", len);
    assert_int_equal(delta_parse(&reader, line, len - 1, &again), 0);
    assert_int_equal(again.n4 + again.n6, 0);
    assert_int_equal(again.name_len, 13);
}

static int refuse(void *user, const struct record *record)
{
    (void)user, (void)record;
    return E_STOPPED;
}

static void test_sink_ends_it(void **state)
{
    struct delta_merge merge = {.put = refuse};
    struct store store;
    struct scratch s;

    (void)state;
    scratch_open(&s);
    scratch_store(&s, BASE, INT64_MAX);
    assert_int_equal(store_open(&store, scratch_path(&s, STORE_FILE)), 0);
    merge.base = &store;
    assert_int_equal(delta_merge_end(&merge), E_STOPPED);
    store_unmap(&store);
    scratch_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apply),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_special_use_may_not_even_be_removed),
        cmocka_unit_test(test_removal_round_trip),
        cmocka_unit_test(test_sink_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
