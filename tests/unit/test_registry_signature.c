/* Signatures made by the minisign program, and everything that may be wrong with them. */
#include "base/error.h"
#include "copy/copy.h"
#include "copy/store_read.h"
#include "copy/store_verify.h"
#include "registry/registry.h"
#include "tests/unit/minisign_lab.h"

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
    char page[MANIFEST_MAX_OCTETS], text[MANIFEST_MAX_OCTETS];
    struct manifest m, read;
    struct keys keys = {.count = 0};
    struct text signature;
    struct store store;
    size_t text_len;
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
    assert_int_equal(store_manifest(&store, text, &text_len, &read), 0);
    assert_memory_equal(&read, &m, sizeof m);
    add_public(&keys, "two.pub");
    assert_int_equal(store_verify_signature(&store, text, text_len, &read, &keys), E_SIGNATURE_KEY);
    add_public(&keys, "one.pub");
    assert_int_equal(store_verify_signature(&store, text, text_len, &read, &keys), 0);
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
        cmocka_unit_test(test_forms),        cmocka_unit_test(test_store),
    };

    return cmocka_run_group_tests(tests, set_up_minisign, tear_down_scratch);
}
