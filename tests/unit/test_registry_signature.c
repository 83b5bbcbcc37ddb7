/* Keys and signatures made by the minisign program, and everything that may be wrong with them. */
#include "registry/error.h"
#include "registry/registry.h"
#include "registry/signature.h"
#include "registry/store_verify.h"
#include "tests/unit/scratch.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

#define COMMENT "gitdns top-sites serial 42"
#define MESSAGE "a page of any octets\n"

static struct scratch scratch;
static bool have_minisign;

/* Made by `minisign -G` with a password. */
static const char encrypted[] =
    "untrusted comment: minisign encrypted secret key\n"
    "RWRTY0Iy94geLUihDgyD4AKa3lzgYCudWl+wBkUmJWa7qlQeC1cAAAACAAAAAAAAAEAAAAAA3e+dcpBgM1ZkeLId5lS3"
    "sAXd/pqusUw9WxcKsCQuwzYscp6kJ5IyQtsm9orv2IISuKn0Yup9uQLdFbjTcVTm/G9tbXE9UOv9aPjHNQDTjEui0B8Y"
    "y2AiL6RuXykAoacodX2bw4NTyGY=\n";

/* A file's octets. */
struct text {
    char *at;
    size_t len;
};

static struct text load(const char *name)
{
    struct text text;

    text.at = scratch_read(&scratch, name, &text.len);
    return text;
}

static void run(const char *format, ...)
{
    char command[1024];
    int len = snprintf(command, sizeof command, "cd %s && minisign ", scratch.path);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command + len, sizeof command - (size_t)len, format, arguments);
    va_end(arguments);
    strcat(command, " >/dev/null </dev/null");
    if (system(command) != 0)
        errx(1, "failed: %s", command);
}

/* Signs the message with NAME.key into NAME.sig and returns that. */
static struct text sign(const char *key, const char *comment, const char *options)
{
    char file[64];

    run("-S %s -s %s.key -x %s.sig -m message -t '%s'", options, key, key, comment);
    snprintf(file, sizeof file, "%s.sig", key);
    return load(file);
}

static int set_up(void **state)
{
    (void)state;
    scratch_open(&scratch);
    scratch_write(&scratch, "message", MESSAGE, strlen(MESSAGE));
    have_minisign = system("minisign -v >/dev/null 2>&1") == 0;
    if (have_minisign) {
        run("-G -W -p one.pub -s one.key");
        run("-G -W -p two.pub -s two.key");
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_close(&scratch);
    return 0;
}

static void need_minisign(void)
{
    if (!have_minisign) {
        print_message("skipped: no minisign here\n");
        skip();
    }
}

static void add_public(struct keys *keys, const char *name)
{
    struct text text = load(name);

    assert_int_equal(keys_add(keys, text.at, text.len), 0);
    free(text.at);
}

static int verify(struct text signature, const struct keys *keys)
{
    return signature_verify(signature.at, signature.len, MESSAGE, strlen(MESSAGE), keys,
                            "top-sites", 42);
}

static void test_good(void **state)
{
    struct keys keys = {.count = 0}, other = {.count = 0}, both = {.count = 0};
    struct text one, two;

    (void)state;
    need_minisign();
    one = sign("one", COMMENT, "");
    two = sign("two", COMMENT, "-c 'another comment'");
    add_public(&keys, "one.pub");
    assert_int_equal(keys.count, 1);
    assert_int_equal(verify(one, &keys), 0);
    assert_int_equal(verify(two, &keys), E_SIGNATURE_KEY);
    add_public(&other, "two.pub");
    assert_int_equal(verify(one, &other), E_SIGNATURE_KEY);
    assert_int_equal(verify(two, &other), 0);
    add_public(&both, "two.pub");
    add_public(&both, "one.pub");
    add_public(&both, "two.pub");
    assert_int_equal(both.count, 2);
    assert_int_equal(verify(one, &both), 0);
    assert_int_equal(verify(two, &both), 0);
    assert_int_equal(verify(one, &(struct keys){.count = 0}), E_SIGNATURE_KEY);
    /* The last LF may be missing, no more. */
    one.len--;
    assert_int_equal(verify(one, &keys), 0);
    free(one.at);
    free(two.at);
}

/* Two keys may have the same id, by accident or not. */
static void test_same_id(void **state)
{
    struct keys keys = {.count = 0};
    struct text one;

    (void)state;
    need_minisign();
    one = sign("one", COMMENT, "");
    add_public(&keys, "two.pub");
    add_public(&keys, "one.pub");
    memcpy(keys.key[0].id, keys.key[1].id, sizeof keys.key[0].id);
    assert_int_equal(verify(one, &keys), 0);
    keys.count = 1;
    assert_int_equal(verify(one, &keys), E_SIGNATURE_WRONG);
    free(one.at);
}

static void test_comment(void **state)
{
    static const char *const bad[] = {
        "gitdns top-sites serial 43",
        "gitdns top-sites serial 042",
        "gitdns other serial 42",
        "gitdns top-sites serial 42 ",
        " gitdns top-sites serial 42",
        "gitdns top-sites serial 4",
        "gitdns top-sites serial 420",
        "Gitdns top-sites serial 42",
        "x",
        "gitdns top-sites serial 42\tx",
        /* Longer than any that is right: still a good signature, for something else. */
        ("gitdns top-sites serial 42 with a long explanation of what the publisher had in mind when"
         " this comment was written, which nobody is ever going to read"),
    };
    struct keys keys = {.count = 0};
    struct text signature;

    (void)state;
    need_minisign();
    add_public(&keys, "one.pub");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        signature = sign("one", bad[i], "");
        if (verify(signature, &keys) != E_SIGNATURE_COMMENT)
            fail_msg("`%s': %s", bad[i], error_text(verify(signature, &keys)));
        free(signature.at);
    }
    signature = sign("one", COMMENT, "");
    assert_int_equal(signature_verify(signature.at, signature.len, MESSAGE, strlen(MESSAGE), &keys,
                                      "top-site", 42),
                     E_SIGNATURE_COMMENT);
    assert_int_equal(signature_verify(signature.at, signature.len, MESSAGE, strlen(MESSAGE), &keys,
                                      "top-sites", 41),
                     E_SIGNATURE_COMMENT);
    free(signature.at);
}

static void test_longest_comment(void **state)
{
    char name[REGISTRY_NAME_MAX + 1] = "", comment[128];
    struct keys keys = {.count = 0};
    struct text signature;

    (void)state;
    need_minisign();
    add_public(&keys, "one.pub");
    memset(name, 'a', REGISTRY_NAME_MAX);
    snprintf(comment, sizeof comment, "gitdns %s serial %d", name, SERIAL_MAX);
    signature = sign("one", comment, "");
    assert_int_equal(signature_verify(signature.at, signature.len, MESSAGE, strlen(MESSAGE), &keys,
                                      name, SERIAL_MAX),
                     0);
    free(signature.at);
}

static void test_legacy(void **state)
{
    struct keys keys = {.count = 0};
    struct text signature;

    (void)state;
    need_minisign();
    add_public(&keys, "one.pub");
    signature = sign("one", COMMENT, "-l");
    assert_int_equal(verify(signature, &keys), E_SIGNATURE_LEGACY);
    free(signature.at);
}

/* The comments of one signature on the octets of another: the second part notices. */
static void test_spliced(void **state)
{
    struct text wrong, right, spliced;
    struct keys keys = {.count = 0};
    const char *head, *tail;

    (void)state;
    need_minisign();
    add_public(&keys, "one.pub");
    wrong = sign("one", "gitdns top-sites serial 41", "");
    scratch_write(&scratch, "message", "another message", 15);
    right = sign("one", COMMENT, "");
    scratch_write(&scratch, "message", MESSAGE, strlen(MESSAGE));
    head = strstr(wrong.at, "trusted comment: gitdns");
    tail = strstr(right.at, "trusted comment: gitdns");
    spliced.at = malloc(wrong.len + right.len);
    spliced.len = (size_t)sprintf(spliced.at, "%.*s%s", (int)(head - wrong.at), wrong.at, tail);
    assert_int_equal(verify(wrong, &keys), E_SIGNATURE_COMMENT);
    assert_int_equal(verify(right, &keys), E_SIGNATURE_WRONG);
    assert_int_equal(verify(spliced, &keys), E_SIGNATURE_WRONG);
    free(spliced.at);
    free(wrong.at);
    free(right.at);
}

/* Where the untrusted comment of a file stands: nothing depends on what it says. */
static bool in_comment(const struct text *text, size_t i)
{
    return i >= strlen("untrusted comment: ") && i < strcspn(text->at, "\n");
}

static void test_flipped_bits(void **state)
{
    char message[] = MESSAGE;
    struct keys keys = {.count = 0};
    struct text signature, public;

    (void)state;
    need_minisign();
    add_public(&keys, "one.pub");
    signature = sign("one", COMMENT, "");
    public = load("one.pub");
    for (size_t i = 0; i < 8 * signature.len; i++) {
        int r;

        signature.at[i / 8] ^= (char)(1 << i % 8);
        r = verify(signature, &keys);
        signature.at[i / 8] ^= (char)(1 << i % 8);
        if (r == 0 && !in_comment(&signature, i / 8))
            fail_msg("bit %zu of octet %zu flipped, and the signature is good", i % 8, i / 8);
    }
    for (size_t i = 0; i < 8 * public.len; i++) {
        struct keys flipped = {.count = 0};
        bool good;

        public.at[i / 8] ^= (char)(1 << i % 8);
        good = keys_add(&flipped, public.at, public.len) == 0 && verify(signature, &flipped) == 0;
        public.at[i / 8] ^= (char)(1 << i % 8);
        if (good && !in_comment(&public, i / 8))
            fail_msg("bit %zu of octet %zu of the key flipped, and it fits", i % 8, i / 8);
    }
    for (size_t i = 0; i < 8 * strlen(MESSAGE); i++) {
        message[i / 8] ^= (char)(1 << i % 8);
        assert_int_equal(signature_verify(signature.at, signature.len, message, strlen(MESSAGE),
                                          &keys, "top-sites", 42),
                         E_SIGNATURE_WRONG);
        message[i / 8] ^= (char)(1 << i % 8);
    }
    free(signature.at);
    free(public.at);
}

static void test_truncated(void **state)
{
    struct keys keys = {.count = 0};
    struct text signature, cut;

    (void)state;
    need_minisign();
    add_public(&keys, "one.pub");
    signature = sign("one", COMMENT, "");
    for (cut = signature, cut.len = 0; cut.len < signature.len - 1; cut.len++)
        assert_int_equal(verify(cut, &keys), E_SIGNATURE_SYNTAX);
    free(signature.at);
}

/* The text with every `from` replaced. */
static struct text replaced(struct text text, char from, const char *to)
{
    struct text out = {malloc(text.len * (strlen(to) + 1) + 1), 0};

    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] == from)
            out.len += (size_t)sprintf(out.at + out.len, "%s", to);
        else
            out.at[out.len++] = text.at[i];
    return out;
}

static void test_forms(void **state)
{
    static const char *const after[] = {"\n", " ", "x", "untrusted comment: x\n"};
    struct keys keys = {.count = 0};
    struct text signature, other;

    (void)state;
    need_minisign();
    add_public(&keys, "one.pub");
    signature = sign("one", COMMENT, "");
    other = replaced(signature, '\n', "\r\n");
    assert_int_equal(verify(other, &keys), E_SIGNATURE_SYNTAX);
    free(other.at);
    other = replaced(signature, '\n', "\n\n");
    assert_int_equal(verify(other, &keys), E_SIGNATURE_SYNTAX);
    free(other.at);
    other.at = malloc(signature.len + 64);
    for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
        other.len = (size_t)sprintf(other.at, "%s%s", signature.at, after[i]);
        assert_int_equal(verify(other, &keys), E_SIGNATURE_SYNTAX);
    }
    free(other.at);
    /* An untrusted comment so long that the whole is above the limit, and just below it. */
    other.at = malloc(SIGNATURE_MAX_OCTETS + 2);
    for (size_t more = 0; more < 2; more++) {
        size_t head = strlen("untrusted comment: ");

        memcpy(other.at, signature.at, head);
        other.len = SIGNATURE_MAX_OCTETS + more;
        memset(other.at + head, 'x', other.len - signature.len);
        memcpy(other.at + head + other.len - signature.len, signature.at + head,
               signature.len - head);
        assert_int_equal(verify(other, &keys), more > 0 ? E_SIGNATURE_SYNTAX : 0);
    }
    free(other.at);
    free(signature.at);
    assert_int_equal(verify((struct text){"", 0}, &keys), E_SIGNATURE_SYNTAX);
}

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

static void make_store(struct text signature, const struct manifest *m, const char *page, int len)
{
    struct record record = {
        .name = "a.com", .name_len = 5, .n4 = 1, .ipv4 = (const unsigned char *)"\x08\x08\x08\x08"};
    struct store_meta meta = {m, page, (size_t)len, signature.at, signature.len, 100};
    struct store_writer *writer;

    assert_int_equal(store_writer_open(&writer, scratch.directory, STORE_FILE, &meta), 0);
    assert_int_equal(store_writer_add(writer, &record), 0);
    assert_int_equal(store_writer_install(writer), 0);
    store_writer_close(writer);
}

static void test_store(void **state)
{
    char page[MANIFEST_MAX_OCTETS];
    struct manifest m, read;
    struct keys keys = {.count = 0};
    struct text signature;
    struct store store;
    int len;

    (void)state;
    need_minisign();
    scratch_manifest("a.com 8.8.8.8\n", &m);
    strcpy(m.name, "top-sites");
    m.serial = 42;
    len = manifest_format(&m, page);
    scratch_write(&scratch, "message", page, (size_t)len);
    signature = sign("one", COMMENT, "");
    scratch_write(&scratch, "message", MESSAGE, strlen(MESSAGE));
    make_store(signature, &m, page, len);
    assert_int_equal(store_open(&store, scratch_path(&scratch, STORE_FILE)), 0);
    assert_int_equal(store_manifest(&store, &read), 0);
    assert_memory_equal(&read, &m, sizeof m);
    add_public(&keys, "two.pub");
    assert_int_equal(store_verify_signature(&store, &read, &keys), E_SIGNATURE_KEY);
    add_public(&keys, "one.pub");
    assert_int_equal(store_verify_signature(&store, &read, &keys), 0);
    assert_int_equal(store_verify_text(&store, &read), 0);
    store_unmap(&store);
    free(signature.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),         cmocka_unit_test(test_same_id),
        cmocka_unit_test(test_comment),      cmocka_unit_test(test_longest_comment),
        cmocka_unit_test(test_legacy),       cmocka_unit_test(test_spliced),
        cmocka_unit_test(test_flipped_bits), cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_forms),        cmocka_unit_test(test_key_files),
        cmocka_unit_test(test_secret_keys),  cmocka_unit_test(test_load),
        cmocka_unit_test(test_many),         cmocka_unit_test(test_store),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
