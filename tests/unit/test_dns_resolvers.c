/* Which resolvers are asked: options and resolv.conf. */
#include "base/resolv_conf.h"
#include "dns/resolvers.h"
#include "scratch.h"
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mount.h>

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
        {"fe80::1%lo", "[fe80::1%lo]:53"},
        {"[fe80::1%lo]:5353", "[fe80::1%lo]:5353"},
        {"fe80::1%1", "[fe80::1%lo]:53"},
        {"fe80::1", "[fe80::1]:53"},
        {"fe80::1%", NULL},
        {"fe80::1%no-such-link", NULL},
        {"fe80::1%0", NULL},
        {"2001:db8::1%lo", NULL},
        {"127.0.0.1%lo", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct resolvers resolvers = {.count = 0};
        int r = resolvers_add(&resolvers, cases[i].text);

        assert_int_equal(r, cases[i].want != NULL ? 0 : -EINVAL);
        assert_int_equal(resolvers.count, cases[i].want != NULL);
        if (cases[i].want != NULL)
            assert_string_equal(resolvers.server[0].text, cases[i].want);
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

/* In place of the machine's resolv.conf, in a mount namespace of our own. */
static void put_file(const struct scratch *s, const char *name)
{
    umount2(RESOLV_CONF_PATH, MNT_DETACH);
    if (mount(scratch_path(s, name), RESOLV_CONF_PATH, NULL, MS_BIND, NULL) < 0)
        err(1, RESOLV_CONF_PATH);
}

static void expect(const struct scratch *s, const char *text, const char *want)
{
    struct resolvers resolvers = {.count = 0};
    char why[MESSAGE_OCTETS];
    char all[RESOLVERS_TEXT];

    scratch_write(s, "conf", text, strlen(text));
    put_file(s, "conf");
    assert_int_equal(resolvers_default(&resolvers, why), 0);
    resolvers_join(&resolvers, all);
    assert_string_equal(all, want);
}

static void test_resolv_conf(void **state)
{
    struct resolvers resolvers = {.count = 0};
    char why[MESSAGE_OCTETS];
    struct scratch s;

    (void)state;
    if (access(RESOLV_CONF_PATH, F_OK) < 0 ||
        unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) < 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
        print_message("skipped: no resolv.conf here, or no namespaces\n");
        skip();
    }
    scratch_open(&s);
    expect(&s,
           "# nameserver 1.1.1.1\nsearch example.com\nnameserver 9.9.9.9\n"
           "nameserver\t \t2620:fe::fe \nnameserver\nnameserver fe80::1%lo\n"
           "nameservers 8.8.8.8\noptions edns0",
           "9.9.9.9:53,[2620:fe::fe]:53,[fe80::1%lo]:53");
    /* As glibc: three, and this machine where there is none. */
    expect(&s,
           "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n"
           "nameserver 192.0.2.4\n",
           "192.0.2.1:53,192.0.2.2:53,192.0.2.3:53");
    expect(&s, "options edns0\n", "127.0.0.1:53");
    expect(&s, "nameserver 0.0.0.0\nnameserver ::\n", "0.0.0.0:53,[::]:53");
    /* Whoever opens a FIFO waits for somebody to write to it. */
    assert_int_equal(mkfifo(scratch_path(&s, "fifo"), 0644), 0);
    put_file(&s, "fifo");
    alarm(10);
    assert_int_equal(resolvers_default(&resolvers, why), -EINVAL);
    alarm(0);
    assert_string_equal(why, "/etc/resolv.conf: not a file that can be read");
    /* Nothing is there. */
    umount2(RESOLV_CONF_PATH, MNT_DETACH);
    assert_int_equal(mkdir(scratch_path(&s, "etc"), 0755), 0);
    assert_int_equal(mount(scratch_path(&s, "etc"), "/etc", NULL, MS_BIND, NULL), 0);
    assert_int_equal(resolvers_default(&resolvers, why), 0);
    assert_int_equal(resolvers.count, 1);
    /* Those of the command line alone count. */
    resolvers = (struct resolvers){.count = 0};
    assert_int_equal(resolvers_add(&resolvers, "192.0.2.1"), 0);
    assert_int_equal(resolvers_default(&resolvers, why), 0);
    assert_int_equal(resolvers.count, 1);
    umount2("/etc", MNT_DETACH);
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
