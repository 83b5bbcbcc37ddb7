/* Keys and signatures. The first octet says what follows: `p` a public key file, `k` a secret one,
 * else a signature of `page` by `key`. No mutation of a signature may be good. */
#include "base/error.h"
#include "registry/signature.h"
#include "tests/fuzz/fuzz.h"
#include <sodium.h>

static const char page[] = "a page\n";
static const char key[] = "RWSsrEognJdrvfaON/nPa5TesXiq69rJGdBlYkjJ2U7Pt9nEzcsThJLM";
/* All of the signature but its untrusted comment. */
static const char good[] =
    "RUSsrEognJdrvZGYnQ6Kqmdkc9kLE57viqTv6WwRSyME778MI8dntCgITdB1uSbY2Czbt5Rlk5MxySYVWf75VfH087jU"
    "8Kz1KQg=\n"
    "trusted comment: gitdns top-sites serial 42\n"
    "0hUXbHkmc2hh/m6YcSNCkpUBY8oFsEdyw2JINXYU5LFikVs/yS+4ps25jvAi6Sptxlu5Z5JPenqrMT/fwAOcAA==\n";

/* The octets end with `line`, but that its LF may be missing. */
static bool ends_with_line(const char *text, size_t size, const char *line)
{
    size_t len = strlen(line);

    if (size == 0 || text[size - 1] != '\n')
        len--;
    return size >= len && memcmp(text + size - len, line, len) == 0;
}

static void public_key(const char *text, size_t size)
{
    unsigned char octets[42] = "Ed";
    struct keys keys = {.count = 0};
    char line[64];
    int r = keys_add(&keys, text, size);

    require(r == 0 || r == E_KEY_SYNTAX, "code");
    require(keys.count == (r == 0), "one key or none");
    if (r < 0)
        return;
    memcpy(octets + 2, keys.key[0].id, 8);
    memcpy(octets + 10, keys.key[0].public, 32);
    sodium_bin2base64(line, sizeof line, octets, sizeof octets, sodium_base64_VARIANT_ORIGINAL);
    strcat(line, "\n");
    /* But for blank lines, and what an editor makes of a line's end. */
    while (size > 0 && memchr(" \t\r\n", text[size - 1], 4) != NULL)
        size--;
    require(ends_with_line(text, size, line), "there is one way to write a key");
}

static void secret_key(const char *text, size_t size)
{
    struct keys keys = {.count = 0};
    int r = keys_add_secret(&keys, text, size);

    require(r == 0 || r == E_KEY_SYNTAX || r == E_KEY_ENCRYPTED, "code");
    require(keys.count == (r == 0), "one key or none");
}

static void signature(const char *text, size_t size)
{
    struct keys keys = {.count = 0};
    int r;

    require(keys_add(&keys, key, strlen(key)) == 0, "our key");
    r = signature_verify(text, size, page, strlen(page), &keys, "top-sites", 42);
    require(r <= 0, "code");
    require(r < 0 || ends_with_line(text, size, good), "a good signature is ours");
    r = signature_verify(text, size, page, strlen(page), &keys, "top-sites", 41);
    require(r < 0, "no signature is good for another serial");
    r = signature_verify(text, size, page, strlen(page) - 1, &keys, "top-sites", 42);
    require(r < 0, "nor for another page");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;

    if (size < 2)
        return 0;
    text = copy_of(data + 1, size - 1);
    if (data[0] == 'p')
        public_key(text, size - 1);
    else if (data[0] == 'k')
        secret_key(text, size - 1);
    else
        signature(text, size - 1);
    free(text);
    return 0;
}
