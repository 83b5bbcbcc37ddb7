/* The policy: what is written of a configuration, and what it says of names. */
#include "base/error.h"
#include "copy/policy_write.h"
#include "tests/unit/scratch_lab.h"
#include <errno.h>

static struct config config;
static struct policy policy;

static int set_up(void **state)
{
    memset(&config, 0, sizeof config);
    config.registries = 1;
    config.registry[0].unnamed = true;
    strcpy(config.registry[0].name, "own");
    return set_up_scratch(state);
}

static int tear_down(void **state)
{
    policy_close(&policy);
    return tear_down_scratch(state);
}

static void add(struct config_names *names, const char *value)
{
    const char *fault;
    size_t len;

    assert_int_equal(config_names_add(names, value, true, &fault, &len), 0);
}

static struct config_registry *add_registry(const char *name)
{
    struct config_registry *registry = &config.registry[config.registries++];

    registry->unnamed = *name == '\0';
    strcpy(registry->name, name);
    return registry;
}

/* Written and read. */
static void take(void)
{
    assert_int_equal(policy_write(scratch.directory, &config), 0);
    policy_close(&policy);
    assert_int_equal(policy_open(&policy, scratch.directory, NULL), 0);
}

static enum policy_verdict judge(const char *name, unsigned place)
{
    return policy_judge(&policy, name, strlen(name), place);
}

/* Machines with one registry and no rule have no such file. */
static void test_not_needed(void **state)
{
    (void)state;
    assert_int_equal(policy_write(scratch.directory, &config), 0);
    assert_int_equal(access(scratch_path(&scratch, POLICY_FILE), F_OK), -1);
    assert_int_equal(policy_open(&policy, scratch.directory, NULL), -ENOENT);
    assert_int_equal(policy.count, 1);
    assert_string_equal(policy.name[0], "");
    assert_false(policy.private[0]);
    assert_true(policy_answers(&policy, "a.com", 5, 0));
    /* Once there is one it says what holds. */
    add(&config.never, "a.com");
    take();
    assert_false(policy_answers(&policy, "a.com", 5, 0));
    config.never.octets = 0;
    take();
    assert_int_equal(policy.has, 0);
    assert_true(policy_answers(&policy, "a.com", 5, 0));
}

static void test_order(void **state)
{
    char file[POLICY_STORE_OCTETS];

    (void)state;
    config.registries = 0;
    add_registry("corp")->all_private = true;
    add_registry("");
    add_registry("top")->private = true; /* some of it is */
    take();
    assert_int_equal(policy.count, 3);
    assert_string_equal(policy.name[0], "corp");
    assert_string_equal(policy.name[1], "");
    assert_string_equal(policy.name[2], "top");
    assert_true(policy.private[0]);
    assert_false(policy.private[2]);
    policy_store_file(&policy, 0, file);
    assert_string_equal(file, "registries/corp/registry.cdb");
    policy_store_file(&policy, 1, file);
    assert_string_equal(file, "registry.cdb");
}

static bool doubts(const char *name)
{
    return policy_doubts(&policy, name, strlen(name));
}

/* Beside the other rules, with which they have names in common. */
static void test_denied(void **state)
{
    (void)state;
    add(&config.denied, "exact.example.com, *.below.example.com");
    take();
    assert_int_equal(policy.has, POLICY_HAS_DOUBTS);
    assert_true(doubts("exact.example.com"));
    assert_false(doubts("a.exact.example.com"));
    assert_false(doubts("below.example.com"));
    assert_true(doubts("y.x.below.example.com"));
    assert_false(doubts("xbelow.example.com"));
    assert_false(doubts("com"));
    assert_int_equal(judge("exact.example.com", 0), POLICY_ANSWERS);
    add(&config.never, "exact.example.com, never.example.com");
    take();
    assert_int_equal(policy.has, POLICY_HAS_DOUBTS | POLICY_HAS_RULES);
    assert_true(doubts("exact.example.com"));
    assert_int_equal(judge("exact.example.com", 0), POLICY_NEVER);
    assert_false(doubts("never.example.com"));
    config.denied.octets = 0;
    take();
    assert_false(doubts("exact.example.com"));
}

static void test_never(void **state)
{
    (void)state;
    add(&config.never, "Exact.Example.com., *.below.example.com,*.a.b.c.d.e.f.g.h.i");
    take();
    assert_int_equal(judge("exact.example.com", 0), POLICY_NEVER);
    assert_int_equal(judge("a.exact.example.com", 0), POLICY_ANSWERS);
    assert_int_equal(judge("example.com", 0), POLICY_ANSWERS);
    assert_int_equal(judge("below.example.com", 0), POLICY_ANSWERS);
    assert_int_equal(judge("x.below.example.com", 0), POLICY_NEVER);
    assert_int_equal(judge("y.x.below.example.com", 0), POLICY_NEVER);
    assert_int_equal(judge("xbelow.example.com", 0), POLICY_ANSWERS);
    assert_int_equal(judge("a.b.c.d.e.f.g.h.i", 0), POLICY_ANSWERS);
    assert_int_equal(judge("1.2.3.a.b.c.d.e.f.g.h.i", 0), POLICY_NEVER);
}

static void test_only(void **state)
{
    (void)state;
    add(&config.only, "a.com, *.b.com");
    add(&config.never, "x.b.com");
    take();
    assert_int_equal(judge("a.com", 0), POLICY_ANSWERS);
    assert_int_equal(judge("www.a.com", 0), POLICY_NOT_ONLY);
    assert_int_equal(judge("b.com", 0), POLICY_NOT_ONLY);
    assert_int_equal(judge("www.b.com", 0), POLICY_ANSWERS);
    assert_int_equal(judge("x.b.com", 0), POLICY_NEVER);
    assert_int_equal(judge("com", 0), POLICY_NOT_ONLY);
}

static void test_domains(void **state)
{
    (void)state;
    config.registries = 0;
    add(&add_registry("top")->domains, "eu.corp.net");
    add(&add_registry("corp")->domains, "corp.net");
    take();
    assert_int_equal(judge("corp.net", 0), POLICY_DOMAIN);
    assert_int_equal(judge("corp.net", 1), POLICY_ANSWERS);
    assert_int_equal(judge("wiki.corp.net", 0), POLICY_DOMAIN);
    assert_int_equal(judge("wiki.corp.net", 1), POLICY_ANSWERS);
    /* The innermost counts. */
    assert_int_equal(judge("wiki.eu.corp.net", 0), POLICY_ANSWERS);
    assert_int_equal(judge("wiki.eu.corp.net", 1), POLICY_DOMAIN);
    assert_int_equal(judge("net", 0), POLICY_ANSWERS);
    assert_int_equal(judge("mycorp.net", 0), POLICY_ANSWERS);
}

static void test_same_octets_stay(void **state)
{
    struct stat before, after;

    (void)state;
    add(&config.never, "b.com, a.com");
    take();
    assert_int_equal(stat(scratch_path(&scratch, POLICY_FILE), &before), 0);
    config.never.octets = 0;
    add(&config.never, "a.com, b.com");
    take();
    assert_int_equal(stat(scratch_path(&scratch, POLICY_FILE), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(after.st_mode & 0777, 0644);
}

/* Every octet of it flipped, and every length: damaged, or another policy, and nothing worse. */
static void test_damage(void **state)
{
    size_t len;
    char *octets;

    (void)state;
    config.registries = 0;
    add(&add_registry("corp")->domains, "corp.net");
    add_registry("top");
    add(&config.only, "*.b.com");
    take();
    policy_close(&policy);
    octets = scratch_read(&scratch, POLICY_FILE, &len);
    for (size_t i = 0; i < len; i++) {
        int r;

        octets[i] ^= 0x55;
        scratch_write(&scratch, POLICY_FILE, octets, len);
        r = policy_open(&policy, scratch.directory, NULL);
        octets[i] ^= 0x55;
        if (r == 0) {
            assert_in_range(policy.count, 1, POLICY_REGISTRIES_MAX);
            for (unsigned place = 0; place < POLICY_REGISTRIES_MAX; place++)
                judge("a.wiki.corp.net", place);
            policy_close(&policy);
        } else {
            assert_int_equal(r, E_STORE_DAMAGED);
            assert_int_equal(policy.count, 1);
            assert_int_equal(policy.store.stamp, 0);
        }
    }
    for (size_t i = 0; i < len; i++) {
        scratch_write(&scratch, POLICY_FILE, octets, i);
        assert_int_equal(policy_open(&policy, scratch.directory, NULL), E_STORE_DAMAGED);
    }
    free(octets);
}

/* All that is left of it is well. */
static void test_no_registry(void **state)
{
    (void)state;
    config.registries = 0;
    config.registry[0].all_private = true;
    assert_int_equal(policy_write(scratch.directory, &config), 0);
    assert_int_equal(policy_open(&policy, scratch.directory, NULL), E_STORE_DAMAGED);
    assert_int_equal(policy.count, 1);
}

/* Its last hash table, which ends it, is that far behind. */
static int open_large(size_t octets)
{
    size_t len, last;
    char *file = scratch_read(&scratch, POLICY_FILE, &len);
    unsigned char *head = (unsigned char *)file + 2040;
    int r;

    last = cdb_unpack(head + 4) * 8;
    file = realloc(file, octets);
    assert_non_null(file);
    head = (unsigned char *)file + 2040;
    memset(file + len, 0, octets - len);
    memcpy(file + octets - last, file + cdb_unpack(head), last);
    cdb_pack((unsigned)(octets - last), head);
    scratch_write(&scratch, POLICY_FILE, file, octets);
    free(file);
    r = policy_open(&policy, scratch.directory, NULL);
    if (r == 0)
        policy_close(&policy);
    return r;
}

static void test_large(void **state)
{
    (void)state;
    add(&config.never, "a.com");
    take();
    policy_close(&policy);
    assert_int_equal(open_large(POLICY_FILE_MAX), 0);
    assert_int_equal(open_large(POLICY_FILE_MAX + 1), E_STORE_DAMAGED);
}

/* The longest lists there can be. */
static void test_all_that_fits(void **state)
{
    struct config_names *lists[] = {&config.never,
                                    &config.only,
                                    &config.registry[0].domains,
                                    &config.registry[1].domains,
                                    &config.registry[2].domains,
                                    &config.registry[3].domains};
    unsigned place = 0;

    (void)state;
    config.registries = 0;
    for (unsigned i = 0; i < POLICY_REGISTRIES_MAX; i++)
        add_registry((const char[]){(char)('a' + i), '\0'});
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (char name[16]; lists[i]->octets < CONFIG_NAMES_OCTETS - 16;) {
            snprintf(name, sizeof name, "x%x", place++);
            add(lists[i], name);
        }
    take();
    assert_int_equal(judge("x0", 0), POLICY_NEVER);
}

static void test_names(void **state)
{
    struct config_names names = {.octets = 0};
    const char *fault;
    size_t len;
    int r = 0;

    (void)state;
    assert_int_equal(config_names_add(&names, "a.com,, b.com", true, &fault, &len), E_NAME_SYNTAX);
    assert_int_equal(len, 0);
    names.octets = 0;
    assert_int_equal(config_names_add(&names, "*.a.com", false, &fault, &len), E_NAME_SYNTAX);
    assert_int_equal(config_names_add(&names, "*", true, &fault, &len), E_NAME_SYNTAX);
    assert_int_equal(config_names_add(&names, "*.", true, &fault, &len), E_NAME_SYNTAX);
    assert_int_equal(config_names_add(&names, "a.*.com", true, &fault, &len), E_NAME_SYNTAX);
    assert_null(config_names_next(&names, NULL));
    for (unsigned i = 0; r == 0; i++) {
        r = config_names_add(&names, "*.abcdefghijklmno.example.com", true, &fault, &len);
        assert_true(i < CONFIG_NAMES_OCTETS);
    }
    assert_int_equal(r, E_LIST_LONG);
    assert_in_range(names.octets, CONFIG_NAMES_OCTETS - 40, CONFIG_NAMES_OCTETS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_not_needed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_denied, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_never, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_domains, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_same_octets_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_registry, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_large, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_all_that_fits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
