/* What is asked about together with a gate: names of the copy that prove something. */
#include "outage/asked_names.h"
#include "tests/unit/gates_lab.h"
#include "tests/unit/scratch_lab.h"

#define DRAWS 200
#define SEARCH "corp.example"

static struct copy_names copy_names;
static const char *companion;
static char text[COMPANION_OCTETS];

static int set_up_names(void **state)
{
    set_up_scratch(state);
    copy_names = (struct copy_names){.directory = scratch.path};
    return set_up(state);
}

static int tear_down_names(void **state)
{
    copy_names_close(&copy_names);
    tear_down(state);
    return tear_down_scratch(state);
}

static void have(const char *lines)
{
    scratch_store(&scratch, lines, 4000000000);
}

static bool choose(const struct gate *gate, const char *search)
{
    return asked_names_choose(&copy_names, gates, gate, search, now, text, &companion);
}

static void always(const struct gate *gate, const char *search, const char *want)
{
    for (int i = 0; i < DRAWS; i++) {
        assert_true(choose(gate, search));
        assert_non_null(companion);
        assert_string_equal(companion, want);
    }
}

/* Now the one, now the other. */
static void either(const struct gate *gate, const char *search, const char *one, const char *other)
{
    unsigned ones = 0;

    for (int i = 0; i < DRAWS; i++) {
        assert_true(choose(gate, search));
        assert_non_null(companion);
        ones += strcmp(companion, one) == 0;
        if (strcmp(companion, one) != 0)
            assert_string_equal(companion, other);
    }
    assert_in_range(ones, 1, DRAWS - 1);
}

static struct gate *suspect(const char *name, size_t at)
{
    struct gate *gate = suspects_begin(gates, name, strlen(name), at, now);

    assert_non_null(gate);
    return gate;
}

static void test_name(void **state)
{
    (void)state;
    have("www.example.com 192.88.98.1\n");
    assert_true(choose(suspect("www.example.com", 0), ""));
    assert_null(companion);
}

/* Those that a domain has most likely come first; the second time, any. */
static void test_domain(void **state)
{
    struct gate *gate = suspect(".example.com", 0);

    (void)state;
    have("www.example.com 192.88.98.1\nexample.org 192.88.98.1\n");
    always(gate, "", "www.example.com");
    gate->failures = 1;
    always(gate, "", "www.example.com");
    have("example.com 192.88.98.1\nmail.example.com 192.88.98.1\n");
    copy_names_close(&copy_names);
    always(gate, "", "mail.example.com");
    gate->failures = 2;
    always(gate, "", "example.com");
    have("notexample.com 192.88.98.1\nexample.org 192.88.98.1\n");
    copy_names_close(&copy_names);
    assert_true(choose(gate, ""));
    assert_null(companion);
}

/* Of a domain that a name has brought about: not that name, which has been asked, unless there is
 * none other. */
static void test_domain_of_name(void **state)
{
    struct gate *gate = suspect("www.example.com", strlen("www"));

    (void)state;
    have("example.com 192.88.98.1\nwww.example.com 192.88.98.1\n");
    always(gate, "", "example.com");
    have("www.example.com 192.88.98.1\n");
    always(gate, "", "www.example.com");
    have("example.org 192.88.98.1\n");
    always(gate, "", "www.example.com");
}

/* Nothing can be said of a domain of one label without a name in it. */
static void test_one_label(void **state)
{
    struct gate *gate = suspect("example.com", strlen("example"));

    (void)state;
    have("example.org 192.88.98.1\n");
    assert_false(choose(gate, ""));
    have("example.com 192.88.98.1\n");
    assert_false(choose(gate, ""));
    have("www.com 192.88.98.1\n");
    always(gate, "", "www.com");
}

/* What is out by itself would not answer for a domain that may be well. */
static void test_covered(void **state)
{
    struct gate *gate = suspect("a.example.com", strlen("a"));
    uint64_t www;

    (void)state;
    have("example.com 192.88.98.1\nwww.example.com 192.88.98.1\n");
    always(gate, "", "www.example.com");
    www = siphash(&gates->key, "www.example.com", strlen("www.example.com"));
    board_put(board, www, (uint32_t)(now / 1000) + GATES_LEASE);
    always(gate, "", "example.com");
    gate->state = GATE_OUT;
    always(gate, "", "www.example.com");
}

static void test_domain_that_is_out(void **state)
{
    struct gate *gate = suspect("a.example.com", strlen("a"));

    (void)state;
    have("www.example.com 192.88.98.1\n");
    gate->state = GATE_OUT;
    gate->wait = GATES_RETRY_FIRST_MS;
    always(gate, "", "www.example.com");
    gate->wait = 2 * GATES_RETRY_FIRST_MS;
    either(gate, "", "www.example.com", "a.example.com");
}

/* Something made up in what may be well. */
static void test_root(void **state)
{
    (void)state;
    have("a.b.example.com 192.88.98.1\nwww.example.com 192.88.98.1\nexample.org 192.88.98.1\n");
    suspects_root(gates, now);
    report("www.example.com");
    always(&gates->root, SEARCH, ".example.org");
    report("www.example.org");
    for (int i = 0; i < DRAWS; i++) {
        assert_true(choose(&gates->root, ""));
        assert_int_equal(companion[0], '.');
        assert_true(copy_names_has(&copy_names, companion + 1, strlen(companion + 1)));
    }
}

static void test_root_that_is_refused(void **state)
{
    (void)state;
    have("example.org 192.88.98.1\n");
    suspects_root(gates, now);
    gates->root.why = PROBE_LAME;
    always(&gates->root, SEARCH, ".example.org");
    gates->root.why = PROBE_REFUSED;
    always(&gates->root, "", "example.org");
    always(&gates->root, SEARCH, "." SEARCH);
    gates->root.failures = 1;
    always(&gates->root, SEARCH, "example.org");
    gates->root.state = GATE_OUT;
    either(&gates->root, SEARCH, "example.org", "." SEARCH);
}

static void test_no_copy(void **state)
{
    (void)state;
    suspects_root(gates, now);
    suspect("a.example.com", 0)->state = GATE_OUT;
    assert_true(choose(&gates->root, SEARCH));
    assert_null(companion);
    gates->root.state = GATE_OUT;
    always(&gates->root, SEARCH, "a.example.com");
}

static void test_root_that_is_out(void **state)
{
    (void)state;
    have("example.org 192.88.98.1\n");
    suspects_root(gates, now);
    suspect("a.example.com", 0)->state = GATE_OUT;
    gates->root.state = GATE_OUT;
    gates->root.wait = GATES_RETRY_FIRST_MS;
    always(&gates->root, "", ".example.org");
    gates->root.wait = 2 * GATES_RETRY_FIRST_MS;
    either(&gates->root, "", ".example.org", "a.example.com");
}

#define PRIVATE_NAMES 500
#define CHOICES 10000

/* That of a question, made up below a name or not, the copy has nothing that was not reported. */
static void assert_tells_nothing(const char *asked, const char *reported)
{
    if (asked != NULL && strcmp(asked + (*asked == '.'), reported) != 0)
        assert_false(
            copy_names_has(&copy_names, asked + (*asked == '.'), strlen(asked + (*asked == '.'))));
}

/* Of a copy that is private no name is told that was not reported, whatever has failed before. */
static void check_tells_nothing(const char *reported, bool known)
{
    struct gate *domain = suspect(reported, strcspn(reported, "."));

    suspects_root(gates, now);
    if (known)
        copy_names_report(&copy_names, reported, strlen(reported));
    for (unsigned i = 0; i < CHOICES; i++) {
        struct gate *gate = i % 2 == 0 ? &gates->root : domain;

        gate->failures = i / 2;
        gate->why = i % 3 == 0 ? PROBE_REFUSED : PROBE_LAME;
        gate->state = i / 16 % 2 == 0 ? GATE_SUSPECT : GATE_OUT;
        gate->wait = i % 5 == 0 ? GATES_RETRY_FIRST_MS : GATES_RETRY_MAX_MS;
        if (choose(gate, i % 7 == 0 ? "" : SEARCH))
            assert_tells_nothing(companion, reported);
        else
            assert_false(gate == &gates->root && known);
    }
}

static void have_many(const char *domain, const char *address)
{
    char *lines = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&lines, &len);

    assert_non_null(file);
    fprintf(file, "%s %s\n", domain, address);
    for (unsigned i = 0; i < PRIVATE_NAMES; i++)
        fprintf(file, "secret%03u.%s %s\n", i, domain, address);
    fprintf(file, "www.%s %s\n", domain, address);
    assert_int_equal(fclose(file), 0);
    have(lines);
    free(lines);
}

static void test_private(void **state)
{
    (void)state;
    copy_names.private = true;
    have_many("corp.example.com", "192.88.98.1");
    check_tells_nothing("secret001.corp.example.com", true);
}

static void test_private_unreported(void **state)
{
    (void)state;
    copy_names.private = true;
    have_many("corp.example.com", "192.88.98.1");
    check_tells_nothing("secret001.corp.example.com", false);
}

/* Left from when the setting was another. */
static void test_special_name(void **state)
{
    (void)state;
    have_many("corp.internal", "192.88.98.1");
    check_tells_nothing("secret001.corp.internal", true);
}

static void test_private_address(void **state)
{
    (void)state;
    have_many("corp.example.com", "192.88.98.1 10.0.0.1");
    check_tells_nothing("secret001.corp.example.com", true);
    have_many("corp.example.com", "2620:0:2d0:200::7 fd00::1");
}

/* Nobody has asked for anything: then there is nothing to answer for. */
static void test_private_root(void **state)
{
    (void)state;
    copy_names.private = true;
    have("a.corp.internal 10.0.0.1\nb.corp.internal 10.0.0.1\n");
    suspects_root(gates, now);
    assert_false(choose(&gates->root, SEARCH));
    copy_names_report(&copy_names, "b.corp.internal", strlen("b.corp.internal"));
    for (int i = 0; i < DRAWS; i++)
        assert_true(choose(&gates->root, SEARCH));
    assert_string_equal(companion, ".b.corp.internal");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_name, set_up_names, tear_down_names),
        cmocka_unit_test_setup_teardown(test_domain, set_up_names, tear_down_names),
        cmocka_unit_test_setup_teardown(test_domain_of_name, set_up_names, tear_down_names),
        cmocka_unit_test_setup_teardown(test_one_label, set_up_names, tear_down_names),
        cmocka_unit_test_setup_teardown(test_covered, set_up_names, tear_down_names),
        cmocka_unit_test_setup_teardown(test_domain_that_is_out, set_up_names, tear_down_names),
        cmocka_unit_test_setup_teardown(test_root, set_up_names, tear_down_names),
        cmocka_unit_test_setup_teardown(test_root_that_is_refused, set_up_names, tear_down_names),
        cmocka_unit_test_setup_teardown(test_no_copy, set_up_names, tear_down_names),
        cmocka_unit_test_setup_teardown(test_root_that_is_out, set_up_names, tear_down_names),
        cmocka_unit_test_setup_teardown(test_private, set_up_names, tear_down_names),
        cmocka_unit_test_setup_teardown(test_private_unreported, set_up_names, tear_down_names),
        cmocka_unit_test_setup_teardown(test_special_name, set_up_names, tear_down_names),
        cmocka_unit_test_setup_teardown(test_private_address, set_up_names, tear_down_names),
        cmocka_unit_test_setup_teardown(test_private_root, set_up_names, tear_down_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
