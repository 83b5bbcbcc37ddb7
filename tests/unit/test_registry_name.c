#include "base/error.h"
#include "registry/name.h"
#include "registry/registry.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* The rule of name.h again, read label by label: the length, or the error. */
static int expected(const char *text, size_t len)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    bool digits = false;
    size_t start = 0;

    if (len > 0 && text[len - 1] == '.')
        len--;
    if (len > NAME_MAX_OCTETS)
        return E_NAME_SYNTAX;
    while (start <= len) {
        size_t end = start;

        digits = true;
        for (; end < len && text[end] != '.'; end++) {
            if (!one_of(text[end], letters))
                return E_NAME_SYNTAX;
            digits = digits && one_of(text[end], "0123456789");
        }
        if (end == start || end - start > LABEL_MAX_OCTETS || text[start] == '-' ||
            text[end - 1] == '-')
            return E_NAME_SYNTAX;
        start = end + 1;
    }
    return digits ? E_NAME_NUMERIC : (int)len;
}

static void check(const char *text, size_t len)
{
    char name[NAME_MAX_OCTETS + 1];
    int want = expected(text, len), got = name_normalise(text, len, name);

    if (got != want)
        fail_msg("`%.*s' gives %d, not %d", (int)len, text, got, want);
    if (got < 0)
        return;
    assert_int_equal(strlen(name), got);
    assert_int_equal(strncasecmp(name, text, (size_t)got), 0);
    assert_int_equal(name_check(name, (size_t)got), 0);
    /* Only the normal form passes name_check. */
    assert_int_equal(name_check(text, len),
                     len == (size_t)got && memcmp(name, text, len) == 0 ? 0 : E_NAME_SYNTAX);
}

/* All texts of up to 7 octets of an alphabet with one of each kind. */
static void test_all_short_texts(void **state)
{
    static const char alphabet[] = {'a', 'Z', '7', '-', '.', '_', ' '};
    enum { KINDS = sizeof alphabet, LONGEST = 7 };
    size_t count = 1;

    (void)state;
    for (size_t len = 0; len <= LONGEST; len++, count *= KINDS)
        for (size_t n = 0; n < count; n++) {
            char text[LONGEST + 1] = "";
            size_t rest = n;

            for (size_t i = 0; i < len; i++, rest /= KINDS)
                text[i] = alphabet[rest % KINDS];
            check(text, len);
        }
}

static void test_every_octet(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        char text[] = "a?a.com";

        text[1] = (char)c;
        check(text, 7);
        check(text + 1, 1);
    }
}

static void test_lengths(void **state)
{
    char text[300];

    (void)state;
    for (size_t len = 60; len <= 66; len++) {
        memset(text, 'x', len);
        check(text, len);
        memcpy(text + len, ".com", 4);
        check(text, len + 4);
        memcpy(text, "com.", 4);
        check(text, len);
    }
    for (size_t len = 250; len <= 256; len++) {
        for (size_t i = 0; i < len; i++)
            text[i] = i % 50 == 49 ? '.' : 'x';
        check(text, len);
        text[len] = '.';
        check(text, len + 1);
    }
    memset(text, 'x', sizeof text);
    text[63] = text[127] = text[191] = text[253] = '.';
    assert_int_equal(name_check(text, 253), 0);
    assert_int_equal(name_check(text, 254), E_NAME_SYNTAX);
    assert_int_equal(name_normalise(text, 254, text), 253);
    text[253] = 'x';
    assert_int_equal(name_check(text, 254), E_NAME_SYNTAX);
}

static void test_errors(void **state)
{
    static const struct {
        const char *text;
        int error;
    } cases[] = {
        {"", E_NAME_SYNTAX},
        {".", E_NAME_SYNTAX},
        {"..", E_NAME_SYNTAX},
        {"a..", E_NAME_SYNTAX},
        {"a..b", E_NAME_SYNTAX},
        {".a", E_NAME_SYNTAX},
        {"-a.com", E_NAME_SYNTAX},
        {"a-.com", E_NAME_SYNTAX},
        {"a.com-", E_NAME_SYNTAX},
        {"a.-", E_NAME_SYNTAX},
        {"a b.com", E_NAME_SYNTAX},
        {"*.a.com", E_NAME_SYNTAX},
        {"\xc3\xa9.com", E_NAME_SYNTAX},
        {"a.com\n", E_NAME_SYNTAX},
        {"192.0.2.1", E_NAME_NUMERIC},
        {"1", E_NAME_NUMERIC},
        {"a.1", E_NAME_NUMERIC},
        {"a.1.", E_NAME_NUMERIC},
        {"1.a", 3},
        {"a.1a", 4},
        {"xn--p1ai", 8},
        {"a--b.com", 8},
        {"_dmarc.a.com", 12},
        {"_", 1},
        {"a.com.", 5},
        {"WWW.Example.ORG.", 15},
    };
    char name[NAME_MAX_OCTETS + 1];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(name_normalise(cases[i].text, strlen(cases[i].text), name),
                         cases[i].error);
        check(cases[i].text, strlen(cases[i].text));
    }
}

/* Ascending. The names below `example` are those of RFC 4034 section 6.1, as far as our alphabet
 * goes; `-` < digits < `_` < letters. */
static const char *const ordered[] = {
    "a",           "z.a",
    "0.com",       "a.com",
    "b.a.com",     "z.a.com",
    "a-b.com",     "0.a-b.com",
    "a0.com",      "a_.com",
    "aa.com",      "com0",
    "a.com0",      "example",
    "a.example",   "yljkjljk.a.example",
    "z.a.example", "zabc.a.example",
    "z.example",   "0.z.example",
    "_.z.example", "xn--p1ai",
};

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void test_order(void **state)
{
    int count = sizeof ordered / sizeof *ordered;

    (void)state;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < count; k++) {
            const char *a = ordered[i], *b = ordered[k];

            if (sign(name_compare(a, strlen(a), b, strlen(b))) != sign(i - k))
                fail_msg("`%s' and `%s' in the wrong order", a, b);
        }
}

static int compare_texts(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;

    return name_compare(*left, strlen(*left), *right, strlen(*right));
}

static void test_domains_stand_together(void **state)
{
    const char *names[] = {"b.example.org",   "example.org.net", "example.org",  "example-org.net",
                           "a.b.example.org", "example.net",     "bexample.org", "zz.example.org"};
    const char *sorted[] = {"example.net", "example-org.net", "example.org.net", "bexample.org",
                            "example.org", "b.example.org",   "a.b.example.org", "zz.example.org"};

    (void)state;
    /* `org.net` stands under `net` after `example-org`: label by label from the right. */
    qsort(names, sizeof names / sizeof *names, sizeof *names, compare_texts);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_string_equal(names[i], sorted[i]);
}

/* A name of up to 16 characters, of few of those that may stand in one. */
static size_t random_name(char *name)
{
    static const char octet[] = "az-_09.";
    size_t len;

    do {
        len = 1 + (size_t)(random() % 16);
        for (size_t i = 0; i < len; i++)
            name[i] = octet[(size_t)random() % (sizeof octet - 1)];
    } while (name_check(name, len) < 0);
    return len;
}

/* The order that the keys tell, a dozen of characters each. */
static int compare_keys(const char *a, size_t a_len, const char *b, size_t b_len)
{
    for (size_t skip = 0; skip < 16; skip += NAME_KEY_OCTETS) {
        uint64_t a_key = name_key(a, a_len, skip), b_key = name_key(b, b_len, skip);

        if (a_key != b_key)
            return a_key < b_key ? -1 : 1;
    }
    return 0;
}

static void test_keys(void **state)
{
    static const char last[] = "zzzzzzzzzzzz";
    char a[16], b[16];

    (void)state;
    srandom(1);
    for (int i = 0; i < 200000; i++) {
        size_t a_len = random_name(a), b_len = random_name(b);

        if (compare_keys(a, a_len, b, b_len) != sign(name_compare(a, a_len, b, b_len)))
            fail_msg("%.*s, %.*s", (int)a_len, a, (int)b_len, b);
    }
    assert_true(name_key(last, 12, 0) > name_key(last, 11, 0));
    assert_true(name_key("a.com", 5, 0) > name_key("com", 3, 0));
    assert_int_equal(name_key("one.longer-than-that.com", 24, 0),
                     name_key("two.longer-than-that.com", 24, 0));
    assert_int_equal(name_key("a.com", 5, 12), 0);
}

static void test_special(void **state)
{
    static const char *const special[] = {
        "localhost",
        "com",
        "a.localhost",
        "printer.local",
        "a.b.local",
        "x.invalid",
        "x.test",
        "x.onion",
        "x.alt",
        "www.example",
        "x.internal",
        "home.arpa",
        "a.home.arpa",
        "ipv4only.arpa",
        "a.ipv4only.arpa",
        "resolver.arpa",
        "_dns.resolver.arpa",
    };
    static const char *const public[] = {
        "example.com",    "www.example.org", "local.com",       "alocal.net", "a.mylocal",
        "e164.arpa",      "in-addr.arpa",    "xhome.arpa",      "test.de",    "localhost.com",
        "internal.co.uk", "a.internals",     "myipv4only.arpa", "onion.io",
    };

    (void)state;
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (name_check_public(special[i], strlen(special[i])) != E_NAME_SPECIAL)
            fail_msg("`%s' is let through", special[i]);
    for (size_t i = 0; i < sizeof public / sizeof *public; i++)
        if (name_check_public(public[i], strlen(public[i])) != 0)
            fail_msg("`%s' is refused", public[i]);
}

/* What unicast DNS has for a network, and what it is not asked for. */
static void test_private(void **state)
{
    static const char *const private[] = {
        "git.corp.internal", "internal.home.arpa", "nas.home.arpa",  "nas.lan",
        "git.corp",          "router.home",        "www.example.com"};
    static const char *const special[] = {
        "nas",    "internal",    "printer.local", "a.localhost",     "x.onion",      "x.invalid",
        "x.test", "www.example", "x.alt",         "a.ipv4only.arpa", "resolver.arpa"};

    (void)state;
    for (size_t i = 0; i < sizeof private / sizeof *private; i++)
        if (name_check_private(private[i], strlen(private[i])) != 0)
            fail_msg("`%s' is refused", private[i]);
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (name_check_private(special[i], strlen(special[i])) != E_NAME_SPECIAL)
            fail_msg("`%s' is let through", special[i]);
}

static void test_registry_name(void **state)
{
    static const char *const good[] = {"a", "top-sites", "0", "example.org", "a.b.c", "-"};
    static const char *const bad[] = {"",    ".",   "..",  ".a",  "A",   "a_b",
                                      "a/b", "a b", "a\n", "a:b", "a@b", "\xc3\xa9"};
    char name[66];

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(registry_name_check(good[i], strlen(good[i])), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(registry_name_check(bad[i], strlen(bad[i])), E_NAME_SYNTAX);
    assert_int_equal(registry_name_check("a\0b", 3), E_NAME_SYNTAX);
    memset(name, 'a', sizeof name);
    assert_int_equal(registry_name_check(name, 64), 0);
    assert_int_equal(registry_name_check(name, 65), E_NAME_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_short_texts),
        cmocka_unit_test(test_every_octet),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_domains_stand_together),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_special),
        cmocka_unit_test(test_private),
        cmocka_unit_test(test_registry_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
