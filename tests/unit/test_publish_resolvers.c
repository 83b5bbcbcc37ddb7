/* Which resolvers are asked: options and resolv.conf. */
#include "publish/resolvers.h"
#include "scratch.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_forms(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"127.0.0.1", "127.0.0.1:53"},
        {"127.0.0.1:5353", "127.0.0.1:5353"},
        {"127.0.0.1:65535", "127.0.0.1:65535"},
        {"::1", "[::1]:53"},
        {"[::1]", "[::1]:53"},
        {"[::1]:5353", "[::1]:5353"},
        {"2001:DB8:0:0::1", "[2001:db8::1]:53"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
         "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:53"},
        {"", NULL},
        {"one.example.com", NULL},
        {"127.0.0.1:", NULL},
        {"127.0.0.1:0", NULL},
        {"127.0.0.1:65536", NULL},
        {"127.0.0.1:000053", NULL},
        {"127.0.0.1:5x", NULL},
        {"127.0.0.1,127.0.0.2", NULL},
        {"[127.0.0.1]", NULL},
        {"[::1", NULL},
        {"[::1]53", NULL},
        {"[::1]:", NULL},
        {"fe80::1%lo", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct resolvers resolvers = {.count = 0};
        int r = resolvers_add(&resolvers, cases[i].text);

        assert_int_equal(r, cases[i].want != NULL ? 0 : -EINVAL);
        assert_int_equal(resolvers.count, cases[i].want != NULL);
        if (cases[i].want != NULL)
            assert_string_equal(resolvers.text[0], cases[i].want);
    }
}

static void test_many(void **state)
{
    struct resolvers resolvers = {.count = 0};
    char all[RESOLVERS_TEXT];

    (void)state;
    for (int i = 0; i < RESOLVERS_MAX; i++)
        assert_int_equal(resolvers_add(&resolvers, i % 2 ? "[2001:db8::1]:65535" : "9.9.9.9"), 0);
    assert_int_equal(resolvers_add(&resolvers, "9.9.9.9"), -ENOSPC);
    resolvers_join(&resolvers, all);
    assert_int_equal(strncmp(all, "9.9.9.9:53,[2001:db8::1]:65535,9.9.9.9:53,", 42), 0);
    assert_int_equal(strlen(all), 4 * 10 + 4 * 19 + 7);
}

static void test_resolv_conf(void **state)
{
    static const char text[] = "# nameserver 1.1.1.1\nsearch example.com\n"
                               "nameserver 9.9.9.9\nnameserver\t \t2620:fe::fe \n"
                               "nameserver\nnameserver fe80::1%eth0\nnameservers 8.8.8.8\n"
                               "options edns0";
    struct resolvers resolvers = {.count = 0};
    struct problem problem;
    struct scratch s;

    (void)state;
    scratch_open(&s);
    assert_int_equal(resolvers_default(&resolvers, scratch_path(&s, "resolv.conf"), &problem),
                     -ENOENT);
    scratch_write(&s, "resolv.conf", "options edns0\n", 14);
    assert_int_equal(resolvers_default(&resolvers, scratch_path(&s, "resolv.conf"), &problem),
                     E_RESOLVER);
    scratch_write(&s, "resolv.conf", text, strlen(text));
    assert_int_equal(resolvers_default(&resolvers, scratch_path(&s, "resolv.conf"), &problem), 0);
    assert_int_equal(resolvers.count, 2);
    assert_string_equal(resolvers.text[0], "9.9.9.9:53");
    assert_string_equal(resolvers.text[1], "[2620:fe::fe]:53");
    /* Those of the command line alone count. */
    assert_int_equal(resolvers_default(&resolvers, "/nowhere", &problem), 0);
    assert_int_equal(resolvers.count, 2);
    scratch_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_resolv_conf),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
