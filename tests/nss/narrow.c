/* What 32 bits are too narrow for, where nothing is done about it: `narrow FILE`, a hosts line that
 * lies at a large inode. Built by test_narrow.py, with the product's own objects and without
 * sodium. */
#include "nss_gitdns/position.h"
#include "registry/manifest.h"
#include <err.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#define TEXT                                                                                       \
    "gitdns registry 1\nname test\nserial 1\nparent none\ncreated 2026-11-16T00:00:00Z\n"          \
    "expires 2106-03-01T00:00:00Z\nnames 1\ntext 1 " HASH "\nsnapshot 1 " HASH "\n"
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define EXPIRES INT64_C(4296844800)

int sodium_hex2bin(unsigned char *bin, size_t size, const char *hex, size_t len, const char *ignore,
                   size_t *out, const char **end)
{
    (void)hex, (void)ignore;
    memset(bin, 1, size);
    if (out != NULL)
        *out = size;
    if (end != NULL)
        *end = hex + len;
    return 0;
}

char *sodium_bin2hex(char *hex, size_t size, const unsigned char *bin, size_t len)
{
    (void)size, (void)bin, (void)len;
    hex[0] = '\0';
    return hex;
}

int main(int argc, char **argv)
{
    struct position position = {.path = argv[1]};
    struct manifest manifest;
    struct stat st;
    unsigned line;
    int r = manifest_parse(TEXT, strlen(TEXT), &manifest, &line);

    if (argc != 2)
        return 2;
    if (sizeof(void *) != 4)
        errx(1, "not 32 bits");
    if (r != 0 || manifest.expires != EXPIRES)
        errx(1, "a manifest that expires in 2106: %d in line %u", r, line);
    if (stat(argv[1], &st) < 0 || st.st_ino <= UINT32_MAX)
        errx(1, "%s: no large inode is seen", argv[1]);
    position_refresh(&position);
    if (!position.first)
        errx(1, "%s: its line is not read", argv[1]);
    return 0;
}
