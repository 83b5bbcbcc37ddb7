/* The hash against libsodium's, and against the paper's own first vectors. */
#include "copy/siphash.h"
#include <endian.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LENGTH_MAX = 300, KEYS = 20 };

_Static_assert(crypto_shorthash_BYTES == sizeof(uint64_t), "one word");

static uint64_t load(const unsigned char octets[8])
{
    uint64_t word;

    memcpy(&word, octets, sizeof word);
    return le64toh(word);
}

static struct siphash_key key_of(const unsigned char octets[crypto_shorthash_KEYBYTES])
{
    return (struct siphash_key){load(octets), load(octets + 8)};
}

/* Exactly `len` octets on the heap, so that a sanitizer sees a read too far. */
static void check(const unsigned char octets[crypto_shorthash_KEYBYTES], size_t len)
{
    struct siphash_key key = key_of(octets);
    unsigned char expected[crypto_shorthash_BYTES];
    char *data = malloc(len + (len == 0));

    assert_non_null(data);
    randombytes_buf(data, len);
    assert_int_equal(crypto_shorthash(expected, (const unsigned char *)data, len, octets), 0);
    if (siphash(&key, data, len) != load(expected))
        fail_msg("another hash than libsodium's, of %zu octets", len);
    free(data);
}

static void test_against_libsodium(void **state)
{
    unsigned char octets[crypto_shorthash_KEYBYTES];

    (void)state;
    for (int i = 0; i < KEYS; i++) {
        crypto_shorthash_keygen(octets);
        for (size_t len = 0; len <= LENGTH_MAX; len++)
            check(octets, len);
    }
}

/* Octets 00 01 02 ... hashed under the key 00 01 ... 0f: appendix A of the paper, and the first of
 * the reference implementation's vectors. */
static void test_vectors(void **state)
{
    unsigned char octets[crypto_shorthash_KEYBYTES];
    struct siphash_key key;

    (void)state;
    for (unsigned i = 0; i < sizeof octets; i++)
        octets[i] = (unsigned char)i;
    key = key_of(octets);
    assert_true(siphash(&key, (const char *)octets, 15) == UINT64_C(0xa129ca6149be45e5));
    assert_true(siphash(&key, "", 0) == UINT64_C(0x726fdb47dd0e0e31));
}

/* Where the data begins makes no difference. */
static void test_unaligned(void **state)
{
    static const char name[] = "www.example.com";
    struct siphash_key key = {1, 2};
    char room[64];

    (void)state;
    for (size_t i = 1; i < 16; i++) {
        memcpy(room + i, name, sizeof name);
        assert_true(siphash(&key, room + i, strlen(name)) == siphash(&key, name, strlen(name)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_libsodium),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_unaligned),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
