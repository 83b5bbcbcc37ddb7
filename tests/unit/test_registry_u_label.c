/* What people type, in any script: what glibc would ask for. */
#include "base/error.h"
#include "registry/registry.h"
#include "registry/u_label.h"
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct named {
    const char *text, *name; /* NULL: an error */
    int error;
};

static const struct named cases[] = {
    {"b\xc3\xbc"
     "cher.example.org",
     "xn--bcher-kva.example.org", 0},
    {"B\xc3\x9c"
     "CHER.Example.ORG.",
     "xn--bcher-kva.example.org", 0},
    /* u and a combining diaeresis */
    {"bu\xcc\x88"
     "cher.example.org",
     "xn--bcher-kva.example.org", 0},
    /* not transitional: sharp s stays */
    {"stra\xc3\x9f"
     "e.de",
     "xn--strae-oqa.de", 0},
    /* an ideographic full stop, fullwidth letters */
    {"\xe4\xbe\x8b\xe3\x80\x82\xe6\xb5\x8b\xe8\xaf\x95", "xn--fsq.xn--0zwm56d", 0},
    {"\xef\xbd\x81.example.org", "a.example.org", 0},
    {"_x.b\xc3\xbc"
     "cher.org",
     "_x.xn--bcher-kva.org", 0},
    {"Plain.Example.ORG.", "plain.example.org", 0},
    {"xn--bcher-kva.example.org", "xn--bcher-kva.example.org", 0},
    {"b\xfc"
     "cher.example.org",
     NULL, E_NAME_UTF8},
    {"\xc0\xaf.org", NULL, E_NAME_UTF8},
    {"\xed\xa0\x80.org", NULL, E_NAME_UTF8},
    {"\xc3", NULL, E_NAME_UTF8},
    {"a\xe2\x80\xae.org", NULL, E_NAME_IDNA},
    {"\xe2\x98\x83\xcc\x88-.org", NULL, E_NAME_IDNA},
    {"b\xc3\xbc\\c.org", NULL, E_NAME_SYNTAX},
    {"b\xc3\xbc c.org", NULL, E_NAME_IDNA},
    {"b\xc3\xbc..org", NULL, E_NAME_SYNTAX},
    {"b\xc3\xbc.1", NULL, E_NAME_NUMERIC},
    {"", NULL, E_NAME_SYNTAX},
    {"a b", NULL, E_NAME_SYNTAX},
};

static void check(const struct named *c)
{
    char name[NAME_MAX_OCTETS + 1];
    int r = u_label_normalise(c->text, strlen(c->text), name);

    if (c->name == NULL && r == c->error)
        return;
    if (c->name == NULL || r != (int)strlen(c->name) || strcmp(name, c->name) != 0)
        fail_msg("`%s' gives %d, `%s'", c->text, r, r > 0 ? name : "");
}

static void test_table(void **state)
{
    static const char *const locales[] = {"C", "C.UTF-8", ""};

    (void)state;
    for (size_t i = 0; i < sizeof locales / sizeof *locales; i++) {
        setlocale(LC_ALL, locales[i]);
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
            check(&cases[k]);
    }
}

static void test_lengths(void **state)
{
    char *text = malloc(100000), name[NAME_MAX_OCTETS + 1];

    (void)state;
    for (size_t len = 2; len < 100000; len += len < 3000 ? 2 : 9998) {
        int r;

        for (size_t i = 0; i < len; i += 2)
            memcpy(text + i, "\xc3\xbc", 2);
        r = u_label_normalise(text, len, name);
        assert_true(len <= 100 ? r > 0 : r < 0 || len < 120);
    }
    assert_int_equal(u_label_normalise("b\xc3\xbc\0.org", 8, name), E_NAME_SYNTAX);
    free(text);
}

/* Any two octets, and any three that begin a character: an answer, and within its bounds. */
static void test_all_short_texts(void **state)
{
    char name[NAME_MAX_OCTETS + 1];

    (void)state;
    for (unsigned i = 0; i < 0x10000; i++) {
        const char text[] = {(char)(i >> 8), (char)i, 'a'};

        for (size_t len = 1; len <= sizeof text; len++) {
            int r = u_label_normalise(text, len, name);

            assert_true(r < 0 || (size_t)r == strlen(name));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_all_short_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
