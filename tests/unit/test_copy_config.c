/* gitdns.conf: what it sets, and what is said of each way in which it can be wrong. */
#include "copy/config.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define REGISTRY                                                                                   \
    "[registry]\nname = top-sites\nurl = https://registry.example.org/top-sites/\nkey = /k.pub\n"
#define URL_AND_KEY "url = file:///srv/\nkey = /k.pub\n"
#define NAMED(name) "[registry " name "]\n" URL_AND_KEY
#define PRIVATE "private = yes\ndomains = b.example, corp.example\n"
#define KEY "RWQqN3lTrLF+FKPHfS6W+V2xHjGMnKwne7oXwt7q/4z9DJwZMMEmcM25"
#define LINE_OF_50 "; 345678901234567890123456789012345678901234567890"

static char path[] = "/tmp/gitdns-config-XXXXXX";

static int load_octets(struct config *config, const void *text, size_t len, char *error)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    return config_load(config, path, error);
}

static int load(struct config *config, const char *text, char *error)
{
    return load_octets(config, text, strlen(text), error);
}

static void assert_loads(struct config *config, const char *text)
{
    char error[MESSAGE_OCTETS] = "";
    if (load(config, text, error) != 0)
        fail_msg("%s", error);
}

static void test_defaults(void **state)
{
    struct config config;
    const struct config_registry *registry = &config.registry[0];

    (void)state;
    assert_loads(&config, REGISTRY);
    assert_string_equal(config.file, path);
    assert_int_equal(config.registries, 1);
    assert_true(registry->unnamed);
    assert_string_equal(registry->file, path);
    assert_int_equal(registry->line, 1);
    assert_int_equal(registry->domains.octets + config.never.octets + config.only.octets, 0);
    assert_string_equal(registry->name, "top-sites");
    assert_int_equal(registry->urls, 1);
    assert_string_equal(registry->url[0], "https://registry.example.org/top-sites/");
    assert_int_equal(registry->keys, 1);
    assert_string_equal(registry->key[0].path, "/k.pub");
    assert_false(registry->private || registry->all_private);
    assert_int_equal(registry->interval, 7 * 86400);
    assert_int_equal(registry->keep, 4);
    assert_int_equal(registry->max_age, 0);
    assert_int_equal(registry->max_octets, UINT64_C(2) << 30);
    assert_int_equal(registry->connect_timeout, 30);
    assert_int_equal(registry->stall_timeout, 60);
    assert_int_equal(registry->round_timeout, 3600);
    assert_string_equal(config.directory, "/var/lib/gitdns");
    assert_string_equal(registry->directory, "/var/lib/gitdns");
}

/* What DNS denies wrongly has to have stood for a week. */
static void test_keep(void **state)
{
    struct config config;

    (void)state;
    assert_loads(&config, REGISTRY "[answer]\ndenied = *.example.net\n");
    assert_int_equal(config.registry[0].keep, 9);
    assert_loads(&config, REGISTRY "[answer]\ndenied = *.example.net\n[sync]\nkeep = 5\n");
    assert_int_equal(config.registry[0].keep, 5);
    assert_loads(&config, REGISTRY "keep = 3\n[answer]\ndenied = *.example.net\n");
    assert_int_equal(config.registry[0].keep, 3);
}

static void test_all_settings(void **state)
{
    struct config config;
    const struct config_registry *registry = &config.registry[0];

    (void)state;
    assert_loads(
        &config,
        "\xef\xbb\xbf; a comment\n# another\n\n[registry]\r\n"
        "name=a.b-1\r\n"
        "url = http://registry.example.org   ; the first mirror\n"
        "url: file:///srv/registry\n"
        "url = https://[2001:db8::1]:8443/a;b/\n"
        "key = /etc/gitdns/keys\n"
        "key = /etc/gitdns/more keys/b.pub\n"
        "private = yes\n"
        "[sync]\n"
        "interval = 12h\nkeep = 64\nmax-age = 90d\ndirectory = /srv/gitdns\nmax-size = 512MiB\n"
        "connect-timeout = 5s\nstall-timeout = 10m\nround-timeout = 1d");
    assert_string_equal(registry->name, "a.b-1");
    assert_int_equal(registry->urls, 3);
    assert_string_equal(registry->url[0], "http://registry.example.org/");
    assert_string_equal(registry->url[1], "file:///srv/registry/");
    assert_string_equal(registry->url[2], "https://[2001:db8::1]:8443/a;b/");
    assert_int_equal(registry->keys, 2);
    assert_string_equal(registry->key[1].path, "/etc/gitdns/more keys/b.pub");
    assert_int_equal(registry->key[1].line, 10);
    assert_true(registry->private && registry->all_private);
    assert_int_equal(registry->interval, 43200);
    assert_int_equal(registry->keep, 64);
    assert_int_equal(registry->max_age, 90 * 86400);
    assert_int_equal(registry->max_octets, 512 << 20);
    assert_int_equal(registry->connect_timeout, 5);
    assert_int_equal(registry->stall_timeout, 600);
    assert_int_equal(registry->round_timeout, 86400);
    assert_string_equal(config.directory, "/srv/gitdns");
    assert_string_equal(registry->directory, "/srv/gitdns");
    assert_loads(&config, REGISTRY "private = some\n");
    assert_true(registry->private && !registry->all_private);
}

static void test_indented(void **state)
{
    struct config config;
    const struct config_registry *registry = &config.registry[0];

    (void)state;
    assert_loads(&config, "  [registry]\n\tname = a\n    url = https://registry.example.org/\n"
                          "    url = https://mirror.example.org/\n    key = /k.pub\n  ; done\n");
    assert_string_equal(registry->name, "a");
    assert_int_equal(registry->urls, 2);
}

static const struct {
    const char *text; /* after REGISTRY, which has four lines; with a leading `!`: alone */
    const char *error;
} faults[] = {
    {"name = b\n", ":5: name is given twice"},
    {"private = no\nprivate = no\n", ":6: private is given twice"},
    {"private = maybe\n", ":5: neither yes, some nor no"},
    {"private = Yes\n", ":5: neither yes, some nor no"},
    {"colour = blue\n", ":5: no such setting: [registry] colour"},
    {"stall-timeout = 7m\n", ":5: no such setting: [registry] stall-timeout"},
    {"directory = /srv\n", ":5: no such setting: [registry] directory"},
    {"never = a.example\n", ":5: no such setting: [registry] never"},
    {"interval = 59s\n", ":5: interval must be 1m to 365d"},
    {"keep = 2\nkeep = 3\n", ":6: keep is given twice"},
    {"[sync]\nkeep = 2\n[sync]\nkeep = 3\n", ":8: keep is given twice"},
    {"[sync]\nurl = file:///srv/\n", ":6: no such setting: [sync] url"},
    {"[answer]\nkeep = 2\n", ":6: no such setting: [answer] keep"},
    {"[sink]\ninterval = 7d\n", ":5: no such section: [sink]"},
    {"[Registry a]\n", ":5: no such section: [Registry a]"},
    {"[registrya]\n", ":5: no such section: [registrya]"},
    {"[sync a]\n", ":5: no such section: [sync a]"},
    {"[]\n", ":5: no such section: []"},
    {"[registry]\n", ":5: a second [registry]; give it a name: [registry NAME]"},
    {"[registry top-sites]\n" URL_AND_KEY, ":5: a second registry top-sites"},
    {NAMED("a") NAMED("a"), ":8: a second registry a"},
    {NAMED("a") NAMED("b") NAMED("c") NAMED("d"), ":14: more than 4 registries"},
    {"[registry A]\n", ":5: not a registry's name (1 to 64 of a-z 0-9 . -)"},
    {"[registry a b]\n", ":5: not a registry's name (1 to 64 of a-z 0-9 . -)"},
    {"[registry ..]\n", ":5: not a registry's name (1 to 64 of a-z 0-9 . -)"},
    {"[registry a/b]\n", ":5: not a registry's name (1 to 64 of a-z 0-9 . -)"},
    {"[registry a]\nname = a\n", ":6: its name stands in its heading"},
    {"[registry a]\nurl = file:///srv/\n", ":5: it has no key"},
    {"[registry a]\nkey = /k.pub\n", ":5: it has no url"},
    {"domains = corp.example\n", ":1: it has domains, which only a private one may have "
                                 "(private = yes)"},
    {"private = some\ndomains = corp.example\n",
     ":1: it has domains, which only a private one may have (private = yes)"},
    {"domains = *.corp.example\n", ":5: *.corp.example: not a host name"},
    {"domains = corp.example,\n", ":5: a name is missing"},
    {PRIVATE NAMED("a") PRIVATE, ":7: b.example is a domain of registry top-sites already"},
    {"[answer]\nnever = a..example\n", ":6: a..example: not a host name"},
    {"[answer]\nnever = *\n", ":6: *: not a host name"},
    {"[answer]\nnever = *.\n", ":6: *.: not a host name"},
    {"[answer]\nnever = , a.example\n", ":6: a name is missing"},
    {"[answer]\nnever = a.example b.example\n", ":6: a.example b.example: not a host name"},
    {"[answer]\nonly = *.*.example\n", ":6: *.*.example: not a host name"},
    {"[answer]\nonly = a.*.example\n", ":6: a.*.example: not a host name"},
    {"[answer]\nonly = 10.0.0.1\n", ":6: 10.0.0.1: not a host name: its last label is a number"},
    {"[answer]\nonly =\n", ":6: no value"},
    {"[answer]\ndenied = *\n", ":6: *: not a host name"},
    {"[outage]\nmissed = maybe\n", ":6: neither yes nor no"},
    {"[outage]\nmissed = no\nmissed = yes\n", ":7: missed is given twice"},
    {"[outage]\nprobe = 4s\n", ":6: probe must be 5s to 1h, or 0"},
    {"[outage]\nprobe = 61m\n", ":6: probe must be 5s to 1h, or 0"},
    {"[outage]\nprobe = yes\n", ":6: not a duration (a number and d, h, m or s)"},
    {"[outage]\nkeep = 2\n", ":6: no such setting: [outage] keep"},
    {"[sync]\ninterval = 59s\n", ":6: interval must be 1m to 365d"},
    {"[sync]\ninterval = 366d\n", ":6: interval must be 1m to 365d"},
    {"[sync]\ninterval = 0\n", ":6: interval must be 1m to 365d"},
    {"[sync]\ninterval = 7\n", ":6: not a duration (a number and d, h, m or s)"},
    {"[sync]\ninterval = d\n", ":6: not a duration (a number and d, h, m or s)"},
    {"[sync]\ninterval = -7d\n", ":6: not a duration (a number and d, h, m or s)"},
    {"[sync]\ninterval = 7 d\n", ":6: not a duration (a number and d, h, m or s)"},
    {"[sync]\ninterval = 7d12h\n", ":6: not a duration (a number and d, h, m or s)"},
    {"[sync]\ninterval = 7w\n", ":6: not a duration (a number and d, h, m or s)"},
    {"[sync]\ninterval = 213503982334602d\n", ":6: interval must be 1m to 365d"},
    {"[sync]\ninterval = 99999999999999999999d\n",
     ":6: not a duration (a number and d, h, m or s)"},
    {"[sync]\ninterval =\n", ":6: no value"},
    {"[sync]\nkeep = 0\n", ":6: keep must be 1 to 64"},
    {"[sync]\nkeep = 65\n", ":6: keep must be 1 to 64"},
    {"[sync]\nkeep = -1\n", ":6: not a number"},
    {"[sync]\nkeep = 4d\n", ":6: not a number"},
    {"[sync]\nmax-age = 3651d\n", ":6: max-age must be 0 to 3650d"},
    {"[sync]\nmax-size = 2GB\n", ":6: not a size (a number and KiB, MiB, GiB or nothing)"},
    {"[sync]\nmax-size = 0\n", ":6: max-size must be 1 to 64GiB"},
    {"[sync]\nmax-size = 65GiB\n", ":6: max-size must be 1 to 64GiB"},
    {"[sync]\nmax-size = 18014398509481984KiB\n", ":6: max-size must be 1 to 64GiB"},
    {"[sync]\nconnect-timeout = 11m\n", ":6: connect-timeout must be 1s to 10m"},
    {"[sync]\nstall-timeout = 0\n", ":6: stall-timeout must be 1s to 10m"},
    {"[sync]\nround-timeout = 25h\n", ":6: round-timeout must be 1s to 1d"},
    {"[sync]\ndirectory = store\n", ":6: not an absolute path"},
    {"[sync\n", ":5: neither [section] nor key = value"},
    {"private\n", ":5: neither [section] nor key = value"},
    {"private\nprivate = maybe\n", ":5: neither [section] nor key = value"},
    {"private = maybe\nprivate\n", ":5: neither yes, some nor no"},
    {"url = registry.example.org\n", ":5: not a URL of http, https or file"},
    {"url = ftp://registry.example.org/\n", ":5: not a URL of http, https or file"},
    {"url = https://\n", ":5: not a URL of http, https or file"},
    {"url = https://registry.example.org:99999/\n", ":5: not a URL of http, https or file"},
    {"url = https://user@registry.example.org/\n",
     ":5: a URL with a user name or password is refused"},
    {"url = https://:word@registry.example.org/\n",
     ":5: a URL with a user name or password is refused"},
    {"url = https://registry.example.org/?a=b\n", ":5: a URL with `?` or `#` is refused"},
    {"url = https://registry.example.org/#a\n", ":5: a URL with `?` or `#` is refused"},
    {"key = k.pub\n", ":5: neither an absolute path nor a public key"},
    {LINE_OF_50 LINE_OF_50 LINE_OF_50 LINE_OF_50 "\n", ":5: line too long"},
    {"!", ": no [registry NAME]"},
    {"![sync]\nkeep = 2\n", ": no [registry NAME]"},
    {"![registry]\n" URL_AND_KEY, ":1: [registry] has no name"},
    {"!name = a\n", ":1: no such setting: [] name"},
    {"![registry]\nname = a\n", ":1: it has no url"},
    {"![registry]\nname = a\nurl = file:///srv/\n", ":1: it has no key"},
    {"![registry]\nname = A\n", ":2: not a registry's name (1 to 64 of a-z 0-9 . -)"},
    {"![registry]\nname = ..\n", ":2: not a registry's name (1 to 64 of a-z 0-9 . -)"},
};

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        bool alone = faults[i].text[0] == '!';
        struct config config;
        char error[MESSAGE_OCTETS] = "";
        char text[1024];
        char expected[1024];

        snprintf(text, sizeof text, "%s%s", alone ? "" : REGISTRY, faults[i].text + alone);
        snprintf(expected, sizeof expected, "%s%s", path, faults[i].error);
        assert_int_equal(load(&config, text, error), -1);
        assert_string_equal(error, expected);
    }
}

static void test_octets(void **state)
{
    static const char with_nul[] = REGISTRY "private\0 = no\n";
    struct config config;
    char error[MESSAGE_OCTETS] = "";

    (void)state;
    assert_int_equal(load_octets(&config, with_nul, sizeof with_nul - 1, error), -1);
    assert_non_null(strstr(error, ":5: NUL octet"));
    assert_int_equal(load(&config, REGISTRY "\xff\x1b[2J = 1\n", error), -1);
    assert_non_null(strstr(error, ":5: no such setting: [registry] ??[2J"));
    assert_int_equal(config_load(&config, "/nonexistent/gitdns.conf", error), -1);
    assert_string_equal(error, "/nonexistent/gitdns.conf: No such file or directory");
    assert_int_equal(config_load(&config, "/tmp", error), -1);
    assert_string_equal(error, "/tmp: Is a directory");
}

static void test_too_many(void **state)
{
    struct config config;
    char error[MESSAGE_OCTETS] = "";
    char text[4096] = REGISTRY;

    (void)state;
    for (unsigned i = 1; i < CONFIG_URLS_MAX; i++)
        strcat(text, "url = https://mirror.example.org/\n");
    assert_int_equal(load(&config, text, error), 0);
    strcat(text, "url = https://mirror.example.org/\n");
    assert_int_equal(load(&config, text, error), -1);
    assert_non_null(strstr(error, ":20: too many mirrors"));
}

static void test_longest_line(void **state)
{
    struct config config;
    char text[1024];

    (void)state;
    snprintf(text, sizeof text, "%surl = https://%0*d/\n", REGISTRY, CONFIG_LINE_MAX - 15, 0);
    assert_loads(&config, text);
    assert_int_equal(strlen(config.registry[0].url[1]), CONFIG_LINE_MAX - 6);
}

static void test_keys(void **state)
{
    struct config config;
    struct keys keys;
    char error[MESSAGE_OCTETS] = "";

    (void)state;
    assert_loads(&config, REGISTRY "key = /nonexistent.pub\n");
    strcpy(config.registry[0].key[0].path, path); /* the configuration itself is no key */
    assert_int_equal(config_load_keys(&config.registry[0], &keys, error), -1);
    assert_non_null(strstr(error, ":4: key /tmp/gitdns-config-"));
    assert_non_null(strstr(error, ": not a minisign key"));
    assert_loads(&config, REGISTRY "key = " KEY "\n");
    strcpy(config.registry[0].key[0].path, KEY);
    assert_int_equal(config_load_keys(&config.registry[0], &keys, error), 0);
    assert_int_equal(keys.count, 1);
}

static int set_up(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),     cmocka_unit_test(test_keep),
        cmocka_unit_test(test_all_settings), cmocka_unit_test(test_indented),
        cmocka_unit_test(test_faults),       cmocka_unit_test(test_octets),
        cmocka_unit_test(test_too_many),     cmocka_unit_test(test_longest_line),
        cmocka_unit_test(test_keys),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
