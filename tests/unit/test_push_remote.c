/* How remotes are named, and which files are a registry's. */
#include "push/file_list.h"
#include "push/remote.h"
#include "push/to_path.h"
#include "push/to_rclone.h"
#include "push/to_rsync.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_remotes(void **state)
{
    static const struct {
        const char *word;
        const struct remote_kind *kind;
        const char *place;
    } cases[] = {{"/srv/names", &to_path, "/srv/names"},
                 {"./a:b", &to_path, "./a:b"},
                 {"../a", &to_path, "../a"},
                 {"rclone:s3:bucket/names", &to_rclone, "s3:bucket/names"},
                 {"rclone::webdav,url='http://a':", &to_rclone, ":webdav,url='http://a':"},
                 {"rsync:host:", NULL, NULL},
                 {"rsync:us@host:/srv", &to_rsync, "us@host:/srv"},
                 {"rsync:host:names", &to_rsync, "host:names"},
                 {"rsync://host/module", &to_rsync, "rsync://host/module"},
                 {"rsync://us@host:873/module/a", &to_rsync, "rsync://us@host:873/module/a"},
                 {"", NULL, NULL},
                 {".", NULL, NULL},
                 {"names", NULL, NULL},
                 {"s3:bucket", NULL, NULL},
                 {"host:/srv", NULL, NULL},
                 {"-e:x", NULL, NULL},
                 {"rclone:", NULL, NULL},
                 {"rclone:here", NULL, NULL},
                 {"rsync:", NULL, NULL},
                 {"rsync::module", NULL, NULL},
                 {"rsync:host::module", NULL, NULL},
                 {"rsync:/srv/a:b", NULL, NULL},
                 {"rsync:-oProxyCommand=a:b", NULL, NULL},
                 {"rsync://host", NULL, NULL},
                 {"RSYNC://host/module", NULL, NULL}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct remote remote;
        const char *why;

        assert_int_equal(remote_parse(cases[i].word, &remote, &why), cases[i].kind != NULL);
        if (cases[i].kind == NULL) {
            assert_non_null(why);
            continue;
        }
        assert_ptr_equal(remote.kind, cases[i].kind);
        assert_string_equal(remote.place, cases[i].place);
    }
}

static void test_files(void **state)
{
    static const char *const kept[] = {"HEAD",
                                       "HEAD.0123456789ABCDEF.minisig",
                                       "index.html",
                                       "1/manifest",
                                       "1/manifest.minisig",
                                       "1/manifest.0123456789ABCDEF.minisig",
                                       "999999999/snapshot.gz",
                                       "7/delta-6.gz"};
    static const char *const others[] = {"",
                                         "HEAD.new",
                                         "HEAD.",
                                         "HEAD..",
                                         "HEAD/manifest",
                                         "head",
                                         "index.html.gz",
                                         "01/manifest",
                                         "0/manifest",
                                         "1000000000/manifest",
                                         "1/",
                                         "1/manifest.new",
                                         "1/manifest.x.minisig",
                                         "1/HEAD",
                                         "1/snapshot.gz.new",
                                         "1/delta-.gz",
                                         "1/delta-0.gz",
                                         "1/delta-1",
                                         "1/../manifest",
                                         "1/2/manifest",
                                         "/manifest",
                                         "-1/manifest",
                                         "manifest",
                                         ".lock",
                                         "1/manifest.minisig "};
    struct file_list list = {.count = 0};
    char path[FILE_PATH_OCTETS];

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(file_list_add_path(&list, others[i], 1), 0);
    assert_int_equal(list.count, 0);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        assert_int_equal(file_list_add_path(&list, kept[i], i), 0);
    assert_int_equal(list.count, sizeof kept / sizeof *kept);
    for (size_t i = 0; i < list.count; i++) {
        file_list_path(&list.file[i], path);
        assert_string_equal(path, kept[i]);
    }
    file_list_free(&list);
}

static void test_list(void **state)
{
    struct file_list list = {.count = 0};
    char *lines;

    (void)state;
    assert_null(file_list_find(&list, 1, "manifest"));
    assert_false(file_list_has_serial(&list, 1));
    for (uint32_t serial = 300; serial > 0; serial -= 3)
        assert_int_equal(file_list_add(&list, serial, "manifest", serial), 0);
    assert_int_equal(file_list_add(&list, 3, "delta-1.gz", 10), 0);
    file_list_sort(&list);
    assert_int_equal(file_list_octets(&list), 10 + 3 * 100 * 101 / 2);
    for (uint32_t serial = 0; serial < 310; serial++) {
        const struct listed *file = file_list_find(&list, serial, "manifest");

        assert_int_equal(file_list_has_serial(&list, serial), file != NULL);
        assert_int_equal(file != NULL, serial > 0 && serial <= 300 && serial % 3 == 0);
        assert_true(file == NULL || file->octets == serial);
    }
    assert_null(file_list_find(&list, 3, "delta"));
    list.count = 3;
    lines = file_list_lines(&list);
    assert_string_equal(lines, "3/delta-1.gz\n3/manifest\n6/manifest\n");
    free(lines);
    file_list_free(&list);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remotes), cmocka_unit_test(test_files), cmocka_unit_test(test_list)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
