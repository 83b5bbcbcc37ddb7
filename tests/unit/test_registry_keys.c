/* Key files made by the minisign program, secret ones and folders of keys. */
#include "base/error.h"
#include "tests/unit/minisign_lab.h"
#include <errno.h>

/* Made by `minisign -G` with a password. */
static const char encrypted[] =
    "untrusted comment: minisign encrypted secret key\n"
    "RWRTY0Iy94geLUihDgyD4AKa3lzgYCudWl+wBkUmJWa7qlQeC1cAAAACAAAAAAAAAEAAAAAA3e+dcpBgM1ZkeLId5lS3"
    "sAXd/pqusUw9WxcKsCQuwzYscp6kJ5IyQtsm9orv2IISuKn0Yup9uQLdFbjTcVTm/G9tbXE9UOv9aPjHNQDTjEui0B8Y"
    "y2AiL6RuXykAoacodX2bw4NTyGY=\n";

static void test_key_files(void **state)
{
    struct keys keys = {.count = 0}, line_alone = {.count = 0};
    char id[KEY_ID_TEXT], *line;
    struct text public, other;

    (void)state;
    need_minisign();
    public = load("one.pub");
    assert_int_equal(keys_add(&keys, public.at, public.len), 0);
    key_id_format(&keys.key[0], id);
    /* minisign leaves leading zeros out. */
    assert_int_equal(strlen(id), KEY_ID_TEXT - 1);
    assert_non_null(strstr(public.at, id + strspn(id, "0")));
    line = strchr(public.at, '\n') + 1;
    assert_int_equal(keys_add(&line_alone, line, strlen(line)), 0);
    assert_int_equal(keys_add(&line_alone, line, strcspn(line, "\n")), 0);
    assert_int_equal(line_alone.count, 1);
    assert_memory_equal(&line_alone.key[0], &keys.key[0], sizeof keys.key[0]);
    for (size_t len = 0; len < public.len - 1; len++)
        assert_int_equal(keys_add(&keys, public.at, len), E_KEY_SYNTAX);
    other = replaced(public, '\n', "\r\n");
    assert_int_equal(keys_add(&keys, other.at, other.len), 0);
    assert_int_equal(keys.count, 1);
    free(other.at);
    other = replaced(public, '\n', "\r\r\n");
    assert_int_equal(keys_add(&keys, other.at, other.len), E_KEY_SYNTAX);
    free(other.at);
    other = replaced(public, '\n', "\n\n");
    assert_int_equal(keys_add(&keys, other.at, other.len), E_KEY_SYNTAX);
    free(other.at);
    other = load("one.key");
    assert_int_equal(keys_add(&keys, other.at, other.len), E_KEY_SYNTAX);
    free(other.at);
    other = sign("one", COMMENT, "");
    assert_int_equal(keys_add(&keys, other.at, other.len), E_KEY_SYNTAX);
    assert_int_equal(keys.count, 1);
    free(other.at);
    free(public.at);
}

static void test_secret_keys(void **state)
{
    struct keys keys = {.count = 0}, public = {.count = 0};
    struct text text;

    (void)state;
    assert_int_equal(keys_add_secret(&keys, encrypted, strlen(encrypted)), E_KEY_ENCRYPTED);
    need_minisign();
    add_public(&public, "one.pub");
    text = load("one.key");
    assert_int_equal(keys_add_secret(&keys, text.at, text.len), 0);
    assert_int_equal(keys.count, 1);
    assert_memory_equal(&keys.key[0], &public.key[0], sizeof keys.key[0]);
    for (size_t len = 0; len < text.len - 1; len++)
        assert_int_equal(keys_add_secret(&keys, text.at, len), E_KEY_SYNTAX);
    free(text.at);
    text = load("one.pub");
    assert_int_equal(keys_add_secret(&keys, text.at, text.len), E_KEY_SYNTAX);
    free(text.at);
}

static void test_load(void **state)
{
    struct keys keys = {.count = 0};
    struct text text;

    (void)state;
    need_minisign();
    assert_int_equal(keys_load(&keys, scratch_path(&scratch, "one.pub")), 0);
    assert_int_equal(keys_load(&keys, scratch_path(&scratch, "none.pub")), -ENOENT);
    assert_int_equal(keys_load(&keys, scratch_path(&scratch, "message")), E_KEY_SYNTAX);
    assert_int_equal(mkfifo(scratch_path(&scratch, "fifo"), 0600), 0);
    assert_int_equal(keys_load(&keys, scratch_path(&scratch, "fifo")), -EINVAL);
    assert_int_equal(mkdir(scratch_path(&scratch, "folder"), 0700), 0);
    assert_int_equal(keys_load(&keys, scratch_path(&scratch, "folder")), E_KEY_NONE);
    text = load("two.pub");
    scratch_write(&scratch, "folder/two.pub", text.at, text.len);
    scratch_write(&scratch, "folder/README", "not a key", 9);
    scratch_write(&scratch, "folder/.pub", "not a key", 9);
    scratch_write(&scratch, "folder/.old.pub", "not a key", 9);
    assert_int_equal(keys_load(&keys, scratch_path(&scratch, "folder")), 0);
    assert_int_equal(keys.count, 2);
    scratch_write(&scratch, "folder/three.pub", "not a key", 9);
    assert_int_equal(keys_load(&keys, scratch_path(&scratch, "folder")), E_KEY_SYNTAX);
    assert_int_equal(keys.count, 2);
    free(text.at);
}

/* 64 keys and no more. */
static void test_many(void **state)
{
    unsigned char octets[42] = "Ed";
    struct keys keys = {.count = 0};
    char text[64];

    (void)state;
    for (unsigned i = 0; i <= KEYS_MAX; i++) {
        octets[2] = (unsigned char)i;
        sodium_bin2base64(text, sizeof text, octets, sizeof octets, sodium_base64_VARIANT_ORIGINAL);
        assert_int_equal(keys_add(&keys, text, strlen(text)), i < KEYS_MAX ? 0 : E_KEY_MANY);
    }
    assert_int_equal(keys.count, KEYS_MAX);
    /* One that is there already is no error. */
    octets[2] = 0;
    sodium_bin2base64(text, sizeof text, octets, sizeof octets, sodium_base64_VARIANT_ORIGINAL);
    assert_int_equal(keys_add(&keys, text, strlen(text)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_files),
        cmocka_unit_test(test_secret_keys),
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, set_up_minisign, tear_down_scratch);
}
