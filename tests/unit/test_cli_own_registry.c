/* Which registries this machine publishes itself, by where they are fetched from. */
#include "cli/own_registry.h"
#include "tests/unit/scratch_lab.h"
#include <stdio.h>

static struct config_registry registry;

static void set_url(const char *url)
{
    registry = (struct config_registry){.urls = 1};
    snprintf(registry.url[0], sizeof registry.url[0], "%.*s", (int)sizeof registry.url[0] - 1, url);
}

static void assert_name(const char *url, const char *wanted)
{
    char name[REGISTRY_NAME_MAX + 1];

    set_url(url);
    if (wanted == NULL) {
        assert_false(own_registry_name(&registry, name));
        return;
    }
    assert_true(own_registry_name(&registry, name));
    assert_string_equal(name, wanted);
}

static void test_name(void **state)
{
    char name[REGISTRY_NAME_MAX + 1];

    (void)state;
    assert_name("file:///var/lib/gitdns-publish/local/", "local");
    assert_name("file:///var/lib/gitdns-publish/corp/", "corp");
    assert_name("file:///var/lib/gitdns-publish/", NULL);
    assert_name("file:///var/lib/gitdns-publish/a/b/", NULL);
    assert_name("file:///var/lib/gitdns-publish/../", NULL);
    assert_name("file:///var/lib/gitdns-publish/a;b/", NULL);
    assert_name("https://example.net/var/lib/gitdns-publish/corp/", NULL);
    assert_false(own_registry_name(NULL, name));
}

static void test_awaited(void **state)
{
    char url[2 * PATH_MAX];

    (void)state;
    assert_false(own_registry_is_awaited(NULL));
    snprintf(url, sizeof url, "file://%s/", scratch.path);
    set_url(url);
    assert_true(own_registry_is_awaited(&registry));
    snprintf(registry.url[registry.urls++], sizeof registry.url[0], "https://example.net/");
    assert_false(own_registry_is_awaited(&registry));
    set_url("file:///my%20names/");
    assert_false(own_registry_is_awaited(&registry));
    set_url(url);
    scratch_write(&scratch, "HEAD", "1\n", 2);
    assert_false(own_registry_is_awaited(&registry));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name),
        cmocka_unit_test_setup_teardown(test_awaited, set_up_scratch, tear_down_scratch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
