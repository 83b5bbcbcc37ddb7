/* One look-up: which names are found, when it may answer, and for how long. */
#include "copy/copy.h"
#include "nss_gitdns/lookup_gitdns.h"
#include "tests/unit/scratch.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#define LATER 4000000000
/* As long as a name can be: four labels. */
#define NAME_253                                                                                   \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."                             \
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb."                             \
    "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc."                             \
    "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"

static struct scratch scratch;
static struct module module;
static char nsswitch_path[PATH_MAX], resolv_conf_path[PATH_MAX];

static void put_hosts_line(const char *line)
{
    char text[256];

    snprintf(text, sizeof text, "hosts: %s\n", line);
    scratch_write(&scratch, "nsswitch.conf", text, strlen(text));
}

static int set_up(void **state)
{
    (void)state;
    scratch_open(&scratch);
    strcpy(nsswitch_path, scratch_path(&scratch, "nsswitch.conf"));
    strcpy(resolv_conf_path, scratch_path(&scratch, "resolv.conf"));
    put_hosts_line("files dns gitdns");
    scratch_store(&scratch,
                  "example.com 8.8.8.8\n"
                  "x_y-z.example.com 8.8.8.9 2606:4700::1\n" NAME_253 " 8.8.8.1\n",
                  LATER);
    lookup_gitdns_open(&module, scratch.path, nsswitch_path, resolv_conf_path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    cache_close(&module.cache);
    scratch_close(&scratch);
    return 0;
}

static enum outcome ask_after(const char *name, int af, int standing, int error)
{
    struct hostent host;
    char buffer[2048];
    struct query query = {
        .name = name, .af = af, .result = &host, .buffer = buffer, .buflen = sizeof buffer};
    enum outcome outcome;

    errno = error;
    outcome = lookup_gitdns(&module, &query, standing);
    assert_int_equal(errno, error);
    return outcome;
}

static enum outcome ask(const char *name, int af, int standing)
{
    return ask_after(name, af, standing, 4711);
}

static void test_names(void **state)
{
    static const char *const found[] = {
        "example.com",       "example.com.",      "EXAMPLE.com", "Example.Com.",
        "x_y-z.example.com", "X_Y-Z.EXAMPLE.COM", NAME_253,      NAME_253 ".",
    };
    static const char *const missed[] = {
        "",
        ".",
        "com",
        "example.com..",
        ".example.com",
        "example..com",
        "example.com ",
        " example.com",
        "www.example.com",
        "example.co",
        "8.8.8.8",
        "0x8.8",
        "::1",
        "exam\xc3\xa4ple.com",
        "a" NAME_253,
        NAME_253 "x",
        NAME_253 "..",
        NAME_253 "." NAME_253 "." NAME_253,
        /* The store's other keys. */
        "\x01",
        "\x02",
        "\x02.",
    };

    (void)state;
    for (size_t i = 0; i < sizeof found / sizeof *found; i++)
        if (ask(found[i], AF_INET, TRY_AGAIN) != OUTCOME_HIT)
            fail_msg("`%s' is not found", found[i]);
    for (size_t i = 0; i < sizeof missed / sizeof *missed; i++)
        if (ask(missed[i], AF_INET, TRY_AGAIN) != OUTCOME_PASS)
            fail_msg("`%s' is found", missed[i]);
}

static void test_families(void **state)
{
    (void)state;
    assert_int_equal(ask("example.com", AF_INET6, TRY_AGAIN), OUTCOME_NO_FAMILY);
    assert_int_equal(ask("x_y-z.example.com", AF_INET6, TRY_AGAIN), OUTCOME_HIT);
    assert_int_equal(ask("example.com", AF_UNSPEC, TRY_AGAIN), OUTCOME_PASS);
    assert_int_equal(ask("example.com", 12345, TRY_AGAIN), OUTCOME_PASS);
}

/* A second passes: the files are looked at. */
static void let_it_look(void)
{
    atomic_store(&module.tick, 0);
}

/* In the domains of resolv.conf, in their order; the name as it is last, or with ndots:0 first. */
static void test_short_names(void **state)
{
    static const struct {
        const char *resolv_conf, *last; /* octet of the address */
    } cases[] = {
        {"search a.example b.example\n", "1"},
        {"search b.example a.example\n", "2"},
        {"search c.example b.example", "2"},
        {"search c.example\n", "3"},
        {"domain b.example\n", "2"},
        {"search b.example\noptions ndots:0\n", "3"},
        {"search a.example\nsearch v6.example b.example\n", "2"},
    };
    struct hostent host;
    char buffer[1024];

    (void)state;
    scratch_store(
        &scratch,
        "db1 8.8.8.3\ndb1.a.example 8.8.8.1\nonly.a.example 8.8.8.4\ndb1.b.example 8.8.8.2\n"
        "db1.v6.example 2606:4700::1\n",
        LATER);
    let_it_look();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct query query = {
            .name = "DB1", .af = AF_INET, .result = &host, .buffer = buffer, .buflen = 1024};

        scratch_write(&scratch, "resolv.conf", cases[i].resolv_conf, strlen(cases[i].resolv_conf));
        assert_int_equal(lookup_gitdns(&module, &query, TRY_AGAIN), OUTCOME_HIT);
        assert_int_equal(host.h_addr_list[0][3], cases[i].last[0] - '0');
        assert_int_equal(lookup_gitdns(&module, &query, HOST_NOT_FOUND), OUTCOME_PASS);
        query.buflen = 1;
        assert_int_equal(lookup_gitdns(&module, &query, TRY_AGAIN), OUTCOME_TOO_SMALL);
    }
    scratch_write(&scratch, "resolv.conf", "search a.example\n", strlen("search a.example\n"));
    assert_int_equal(ask("only", AF_INET, TRY_AGAIN), OUTCOME_HIT);
    assert_int_equal(ask("only.", AF_INET, TRY_AGAIN), OUTCOME_PASS);
    assert_int_equal(ask("only.a", AF_INET, TRY_AGAIN), OUTCOME_PASS);
    assert_int_equal(ask("other", AF_INET, TRY_AGAIN), OUTCOME_PASS);
    unlink(resolv_conf_path);
    assert_int_equal(ask("only", AF_INET, TRY_AGAIN), OUTCOME_PASS);
    assert_int_equal(ask("db1", AF_INET, TRY_AGAIN), OUTCOME_HIT);
}

static void check_standing(bool after_dns)
{
    static const struct {
        int standing;
        bool failed;
    } cases[] = {
        {TRY_AGAIN, true},       {NETDB_INTERNAL, true}, {NETDB_SUCCESS, true},
        {HOST_NOT_FOUND, false}, {NO_DATA, false},       {NO_RECOVERY, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool answers = cases[i].failed || !after_dns;
        enum outcome got = ask("example.com", AF_INET, cases[i].standing);

        if (got != (answers ? OUTCOME_HIT : OUTCOME_PASS))
            fail_msg("h_errno %d, %s DNS: %s", cases[i].standing, after_dns ? "after" : "not after",
                     answers ? "no answer" : "an answer");
    }
}

static void test_standing(void **state)
{
    static const struct {
        const char *line;
        bool after_dns;
    } lines[] = {
        {"files gitdns", false},
        {"files dns gitdns", true},
        {"files gitdns dns", false},
        {"files [NOTFOUND=continue] resolve [!UNAVAIL=return] gitdns", true},
        {"gitdns", false},
        /* Nothing that cannot be read makes it bolder. */
        {"files gitdns [", true},
        {"files", true},
        {"gitdns dns gitdns", true},
    };

    (void)state;
    check_standing(true);
    /* A service that is not installed is no failure of DNS. */
    assert_int_equal(ask_after("example.com", AF_INET, TRY_AGAIN, EBUSY), OUTCOME_PASS);
    assert_int_equal(ask_after("example.com", AF_INET, NETDB_INTERNAL, EBUSY), OUTCOME_PASS);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        put_hosts_line(lines[i].line);
        let_it_look();
        check_standing(lines[i].after_dns);
    }
    put_hosts_line("gitdns");
    let_it_look();
    check_standing(false);
    /* What is gone, as in a chroot, changes nothing. */
    unlink(nsswitch_path);
    let_it_look();
    check_standing(false);
}

static void test_deadline(void **state)
{
    time_t now = time(NULL);

    (void)state;
    scratch_store(&scratch, "example.com 8.8.8.8\n", now - 2);
    let_it_look();
    assert_int_equal(ask("example.com", AF_INET, TRY_AGAIN), OUTCOME_PASS);
    scratch_store(&scratch, "example.com 8.8.8.8\n", 0);
    let_it_look();
    assert_int_equal(ask("example.com", AF_INET, TRY_AGAIN), OUTCOME_PASS);
    scratch_store(&scratch, "example.com 8.8.8.8\n", now + 100);
    let_it_look();
    assert_int_equal(ask("example.com", AF_INET, TRY_AGAIN), OUTCOME_HIT);
}

/* Without anybody's doing, a new store is found within two seconds. */
static void test_tick(void **state)
{
    time_t end = time(NULL) + 3;

    (void)state;
    scratch_store(&scratch, "example.net 8.8.8.8\n", LATER);
    while (ask("example.net", AF_INET, TRY_AGAIN) != OUTCOME_HIT && time(NULL) < end)
        usleep(10000);
    assert_int_equal(ask("example.net", AF_INET, TRY_AGAIN), OUTCOME_HIT);
    assert_int_equal(ask("example.com", AF_INET, TRY_AGAIN), OUTCOME_PASS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_families, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_standing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_short_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_deadline, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tick, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
