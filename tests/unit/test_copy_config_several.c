/* gitdns.conf with several registries, and with files dropped in beside it. */
#include "copy/config.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define REST "url = file:///srv/\nkey = /k.pub\n"
#define NAMED(name) "[registry " name "]\n" REST

#define PATH_OCTETS 128

static char folder[32], path[64];
static struct config config;
static char error[MESSAGE_OCTETS];

/* Of the main file, or, with a `/` in front, of one dropped in. */
static void file_path(const char *name, char out[PATH_OCTETS])
{
    snprintf(out, PATH_OCTETS, "%s%s%s", path, *name == '/' ? ".d" : "", name);
}

static void put(const char *name, const char *text)
{
    char at[PATH_OCTETS];
    FILE *file;

    file_path(name, at);
    file = fopen(at, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void loads(void)
{
    if (config_load(&config, path, error) != 0)
        fail_msg("%s", error);
}

/* `name` as for put. */
static void fails(const char *name, const char *cause)
{
    char expected[512], at[PATH_OCTETS];

    file_path(name, at);
    snprintf(expected, sizeof expected, "%s%s", at, cause);
    assert_int_equal(config_load(&config, path, error), -1);
    assert_string_equal(error, expected);
}

static int set_up(void **state)
{
    char dropped[PATH_OCTETS];

    (void)state;
    strcpy(folder, "/tmp/gitdns-config-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/conf", folder);
    snprintf(dropped, sizeof dropped, "%s.d", path);
    return mkdir(dropped, 0755);
}

static int tear_down(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void assert_order(const char *names)
{
    char got[512] = "";

    for (unsigned i = 0; i < config.registries; i++) {
        strcat(got, i > 0 ? " " : "");
        strcat(got, config.registry[i].name);
    }
    assert_string_equal(got, names);
}

static void test_four(void **state)
{
    const struct config_registry *a = &config.registry[0], *b = &config.registry[1];

    (void)state;
    put("", "[registry \t a.b-1 ]\n" REST "interval = 2h\nkeep = 2\nmax-age = 3d\nmax-size = 1KiB\n"
            "private = yes\ndomains = Corp.Example, x.example.\ndomains = y.example\n"
            "[sync]\ninterval = 1h\nround-timeout = 5m\ndirectory = /srv/copy\n"
            "[registry]\n" REST "name = own\n" NAMED("c") NAMED("d"));
    loads();
    assert_order("a.b-1 own c d");
    assert_ptr_equal(config_find(&config, "own"), b);
    assert_null(config_find(&config, "e"));
    assert_true(b->unnamed && !a->unnamed && !config.registry[2].unnamed);
    assert_string_equal(config.directory, "/srv/copy");
    assert_string_equal(a->directory, "/srv/copy/registries/a.b-1");
    assert_string_equal(b->directory, "/srv/copy");
    assert_int_equal(a->interval, 7200);
    assert_int_equal(b->interval, 3600);
    assert_int_equal(a->keep, 2);
    assert_int_equal(b->keep, 4);
    assert_int_equal(a->max_age, 3 * 86400);
    assert_int_equal(b->max_age, 0);
    assert_int_equal(a->max_octets, 1024);
    assert_int_equal(config.registry[3].round_timeout, 300);
    assert_true(config_names_has(&a->domains, "corp.example"));
    assert_true(config_names_has(&a->domains, "x.example"));
    assert_true(config_names_has(&a->domains, "y.example"));
    assert_false(config_names_has(&b->domains, "corp.example"));
}

static void test_answer(void **state)
{
    const char *name;

    (void)state;
    put("", NAMED("a") "[answer]\nnever = a.example,*.B.example\t,  c.example\nonly = *.example\n");
    put("/1.conf", "[answer]\nnever = d.example\n");
    loads();
    name = config_names_next(&config.never, NULL);
    assert_string_equal(name, "d.example");
    name = config_names_next(&config.never, name);
    assert_string_equal(name, "a.example");
    name = config_names_next(&config.never, name);
    assert_string_equal(name, "*.b.example");
    name = config_names_next(&config.never, name);
    assert_string_equal(name, "c.example");
    assert_null(config_names_next(&config.never, name));
    assert_string_equal(config_names_next(&config.only, NULL), "*.example");
}

/* Of [outage] the first file counts; without it they are kept. */
static void test_outage(void **state)
{
    (void)state;
    put("", NAMED("a"));
    loads();
    assert_true(config.missed);
    assert_int_equal(config.probe, 0);
    put("", NAMED("a") "[outage]\nmissed = no\nprobe = 15s\n");
    loads();
    assert_false(config.missed);
    assert_int_equal(config.probe, 15);
    put("/1.conf", "[outage]\nmissed = yes\n");
    loads();
    assert_true(config.missed);
}

/* Names stand before the main file's, in octet order; what is no NAME.conf is not read. */
static void test_order(void **state)
{
    (void)state;
    put("", NAMED("main"));
    put("/b.conf", NAMED("b"));
    put("/B.conf", NAMED("a"));
    put("/10.conf", NAMED("ten"));
    put("/9.conf.dpkg-new", "no");
    put("/.hidden.conf", "no");
    put("/conf", "no");
    put("/.conf", "no");
    put("/9.conf~", "no");
    loads();
    assert_order("ten a b main");
    assert_string_equal(config.file, path);
}

/* The first that sets something counts, setting by setting; within one file nothing may stand
 * twice. */
static void test_overriding(void **state)
{
    (void)state;
    put("", "[sync]\nkeep = 5\ninterval = 5h\ndirectory = /main\n" NAMED("main"));
    put("/a.conf", "[sync]\nkeep = 2\n");
    put("/b.conf", "[sync]\nkeep = 3\ninterval = 3h\n");
    loads();
    assert_int_equal(config.registry[0].keep, 2);
    assert_int_equal(config.registry[0].interval, 3 * 3600);
    assert_string_equal(config.registry[0].directory, "/main/registries/main");
    put("/c.conf", "[sync]\nkeep = 3\nkeep = 3\n");
    loads(); /* it does not count, and is not looked at */
    put("/b.conf", "[sync]\ninterval = 3h\ninterval = 3h\n");
    fails("/b.conf", ":3: interval is given twice");
}

static void test_faults_dropped_in(void **state)
{
    (void)state;
    put("", NAMED("a"));
    put("/1.conf", NAMED("a"));
    fails("", ":1: a second registry a");
    put("/1.conf", "\n[registry]\nname = a\n" REST);
    fails("", ":1: a second registry a");
    put("/1.conf", NAMED("b") "[registry c]\nurl = file:///srv/\n");
    fails("/1.conf", ":4: it has no key");
    /* A section does not go on in the next file. */
    put("/1.conf", NAMED("b"));
    put("", "keep = 2\n");
    fails("", ":1: no such setting: [] keep");
    put("", "[registry]\n" REST "name = b\n");
    fails("", ":1: a second registry b");
    put("/1.conf", NAMED("b") NAMED("c") NAMED("d"));
    put("", NAMED("e") NAMED("f"));
    fails("", ":4: more than 4 registries");
}

static void test_main_file_missing(void **state)
{
    (void)state;
    fails("", ": No such file or directory");
    put("/1.conf", "[sync]\nkeep = 2\n");
    fails("", ": No such file or directory");
    put("/1.conf", NAMED("b"));
    loads();
    assert_order("b");
    assert_int_equal(mkdir(path, 0755), 0);
    fails("", ": Is a directory");
}

static void test_dropped_in_that_cannot_be_read(void **state)
{
    char at[PATH_OCTETS];

    (void)state;
    put("", NAMED("a"));
    file_path("/1.conf", at);
    assert_int_equal(symlink("/nonexistent/1.conf", at), 0);
    fails("/1.conf", ": No such file or directory");
    assert_int_equal(unlink(at), 0);
    assert_int_equal(mkdir(at, 0755), 0);
    fails("/1.conf", ": Is a directory");
    assert_int_equal(rmdir(at), 0);
    assert_int_equal(mkfifo(at, 0644), 0);
    fails("/1.conf", ": Invalid argument");
    if (geteuid() != 0) {
        assert_int_equal(unlink(at), 0);
        put("/1.conf", "");
        assert_int_equal(chmod(at, 0), 0);
        fails("/1.conf", ": Permission denied");
        file_path("/", at);
        assert_int_equal(chmod(at, 0), 0);
        at[strlen(at) - 1] = '\0';
        assert_int_equal(config_load(&config, path, error), -1);
        assert_non_null(strstr(error, "conf.d: Permission denied"));
        assert_int_equal(chmod(at, 0755), 0);
    }
}

static void test_many_dropped_in(void **state)
{
    char name[32];

    (void)state;
    put("", NAMED("a"));
    for (unsigned i = 0; i < 64; i++) {
        snprintf(name, sizeof name, "/%u.conf", i);
        put(name, "");
    }
    loads();
    put("/64.conf", "");
    assert_int_equal(config_load(&config, path, error), -1);
    assert_non_null(strstr(error, "/conf.d: more than 64 files"));
}

#define NAMES_THAT_FIT (CONFIG_NAMES_OCTETS / 32)

static void put_list(unsigned count)
{
    static char text[32768];
    size_t at = (size_t)snprintf(text, sizeof text, "%s[answer]\n", NAMED("a"));

    for (unsigned i = 0; i < count; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "never = *.x%028u\n", i);
    put("", text);
}

/* As much as fits, and one more. */
static void test_long_lists(void **state)
{
    const char *name = NULL;
    unsigned count = 0;

    (void)state;
    put_list(NAMES_THAT_FIT);
    loads();
    while ((name = config_names_next(&config.never, name)) != NULL)
        count++;
    assert_int_equal(count, NAMES_THAT_FIT);
    put_list(NAMES_THAT_FIT + 1);
    fails("", ":261: the list is too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_four, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_outage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_overriding, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_faults_dropped_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_main_file_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_dropped_in_that_cannot_be_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_dropped_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_lists, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
