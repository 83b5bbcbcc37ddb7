/* Which of the stores on this machine is in hand: the newest that counts. */
#include "base/error.h"
#include "copy/newest.h"
#include "tests/unit/minisign_lab.h"
#include <errno.h>
#include <inttypes.h>

#define LINES "a.example.com 10.0.0.1\nb.example.com 10.0.0.2\n"

static struct keys keys;
static struct newest newest;
static char note[MESSAGE_OCTETS];

static int set_up(void **state)
{
    set_up_minisign(state);
    keys.count = 0;
    if (have_minisign)
        add_public(&keys, "one.pub");
    return 0;
}

static int tear_down(void **state)
{
    newest_close(&newest);
    return tear_down_scratch(state);
}

/* A store in the file of that serial, whose manifest says `serial` and is signed by the key. */
static void keep_as(uint32_t file, const char *registry, uint32_t serial, const char *key)
{
    struct manifest manifest;
    char page[MANIFEST_MAX_OCTETS], name[SERIAL_NAME_OCTETS];
    struct store_meta meta = {.manifest = &manifest, .manifest_text = page, .deadline = 4000000000};
    struct text_reader reader = {.private = true};
    int folder = serials_open(scratch.directory);
    struct store_writer *writer;
    struct text signature;

    scratch_manifest(LINES, &manifest);
    strcpy(manifest.name, registry);
    manifest.serial = serial;
    meta.manifest_len = (size_t)manifest_format(&manifest, page);
    scratch_write(&scratch, "page", page, meta.manifest_len);
    run("-S -s %s.key -x page.sig -m page -t 'gitdns %s serial %u'", key, registry, serial);
    signature = load("page.sig");
    meta.signature = signature.at;
    meta.signature_len = signature.len;
    serial_name(file, name);
    assert_int_equal(store_writer_open(&writer, folder, name, &meta), 0);
    for (const char *line = LINES, *end; *line != '\0'; line = end + 1) {
        struct record record;

        end = strchr(line, '\n');
        assert_int_equal(text_parse(&reader, line, (size_t)(end - line), &record), 0);
        assert_int_equal(store_writer_add(writer, &record), 0);
    }
    assert_int_equal(store_writer_install(writer), 0);
    store_writer_close(writer);
    close(folder);
    free(signature.at);
}

static void keep(uint32_t serial)
{
    keep_as(serial, "test", serial, "one");
}

static void answers(uint32_t serial)
{
    assert_int_equal(serials_switch(scratch.directory, serial), 0);
}

static void read_newest(void)
{
    const struct folder folder = {"DIRECTORY", scratch.directory};

    newest_close(&newest);
    newest_read(&newest, &folder, "test", &keys, note);
}

static void in_hand(uint32_t serial, const char *file, const char *said)
{
    read_newest();
    assert_true(newest.present && newest.binding);
    assert_int_equal(newest.manifest.serial, serial);
    assert_int_equal(newest.deadline, 4000000000);
    assert_string_equal(newest.file, file);
    assert_int_equal(newest_check_whole(&newest), 0);
    assert_string_equal(note, said);
}

static void test_none(void **state)
{
    (void)state;
    need_minisign();
    read_newest();
    assert_false(newest.present || newest.binding);
    assert_string_equal(note, "");
    assert_int_equal(newest_check_whole(&newest), -ENOENT);
}

static void test_highest(void **state)
{
    (void)state;
    need_minisign();
    keep(9);
    answers(9);
    in_hand(9, "registry.cdb", "");
    /* Whichever answers. */
    keep(10);
    in_hand(10, "serials/10.cdb", "");
    keep(8);
    answers(8);
    in_hand(10, "serials/10.cdb", "");
    answers(10);
    in_hand(10, "registry.cdb", "");
    unlinkat(scratch.directory, "registry.cdb", 0);
    in_hand(10, "serials/10.cdb", "");
}

/* What is newer and does not count is told of: the first of these. */
static void test_newer_ones_do_not_count(void **state)
{
    (void)state;
    need_minisign();
    keep(9);
    answers(9);
    keep_as(10, "other", 10, "one");
    in_hand(9, "registry.cdb",
            "DIRECTORY/serials/10.cdb: is of registry other; its serial does not count");
    keep_as(11, "test", 11, "two");
    in_hand(9, "registry.cdb",
            "DIRECTORY/serials/11.cdb: signed by none of the keys; its serial does not count");
    keep_as(12, "test", 8, "one");
    in_hand(9, "registry.cdb", "DIRECTORY/serials/12.cdb: holds serial 8; it does not count");
    scratch_write(&scratch, "serials/13.cdb", "?", 1);
    in_hand(9, "registry.cdb",
            "DIRECTORY/serials/13.cdb: not a store, or a damaged one; goes on as without it");
    keep(14);
    in_hand(14, "serials/14.cdb", "");
}

static void test_damaged_answers(void **state)
{
    (void)state;
    need_minisign();
    keep(8);
    scratch_write(&scratch, "registry.cdb", "?", 1);
    in_hand(8, "serials/8.cdb",
            "DIRECTORY/registry.cdb: not a store, or a damaged one; goes on as without it");
}

/* The one that answers is there, whoever has made it. */
static void test_none_counts(void **state)
{
    (void)state;
    need_minisign();
    keep_as(9, "test", 9, "two");
    answers(9);
    read_newest();
    assert_true(newest.present);
    assert_false(newest.binding);
    assert_int_equal(newest.manifest.serial, 9);
    assert_string_equal(
        note, "DIRECTORY/registry.cdb: signed by none of the keys; its serial does not count");
}

/* One octet of an address is another. */
static void test_not_whole(void **state)
{
    static const char octets[] = {10, 0, 0, 2};
    size_t len;
    char *store, *found;

    (void)state;
    need_minisign();
    keep(9);
    store = scratch_read(&scratch, "serials/9.cdb", &len);
    found = memmem(store, len, octets, sizeof octets);
    assert_non_null(found);
    found[3] = 3;
    scratch_write(&scratch, "serials/9.cdb", store, len);
    free(store);
    read_newest();
    assert_true(newest.binding);
    assert_int_equal(newest_check_whole(&newest), E_STORE_DAMAGED);
}

static void test_kept(void **state)
{
    const struct folder folder = {"DIRECTORY", scratch.directory};

    (void)state;
    need_minisign();
    keep(9);
    newest_read_kept(&newest, &folder, 9, "test", &keys, note);
    assert_true(newest.binding);
    assert_string_equal(note, "");
    newest_close(&newest);
    newest_read_kept(&newest, &folder, 8, "test", &keys, note);
    assert_false(newest.present);
    assert_string_equal(note, "DIRECTORY/serials/8.cdb: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_highest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_newer_ones_do_not_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_none_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_kept, set_up, tear_down),
    };

    newest.fd = -1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
