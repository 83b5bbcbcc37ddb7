#include "registry/signature.h"
#include "base/error.h"
#include "base/file.h"
#include "registry/registry.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(KEYS_MAX == 64, "E_KEY_MANY's text says so");

#define UNTRUSTED "untrusted comment: "
#define TRUSTED "trusted comment: "
#define KEY_FILE_MAX 4096
#define TRUSTED_COMMENT_MAX (sizeof "gitdns  serial " + REGISTRY_NAME_MAX + 9)

/* minisign's wire formats: 2 octets algorithm, then these. */
#define PUBLIC_OCTETS (2 + 8 + 32)
#define SIGNATURE_OCTETS (2 + 8 + 64)
/* algorithm, KDF, checksum algorithm (2 each), salt 32, limits 8 + 8, id 8, secret 64, checksum 32
 */
#define SECRET_OCTETS (6 + 32 + 16 + 8 + 64 + 32)
#define SECRET_ID (6 + 32 + 16)
#define SECRET_PUBLIC (SECRET_ID + 8 + 32)

struct span {
    const char *at;
    size_t len;
};

/* Takes the next line off the text; the last one may lack its LF. False at the end. */
static bool take_line(struct span *text, struct span *line)
{
    const char *lf = text->len > 0 ? memchr(text->at, '\n', text->len) : NULL;

    if (text->len == 0)
        return false;
    line->at = text->at;
    line->len = lf != NULL ? (size_t)(lf - text->at) : text->len;
    text->at += line->len + (lf != NULL);
    text->len -= line->len + (lf != NULL);
    return true;
}

static bool take_prefix(struct span *line, const char *prefix)
{
    size_t len = strlen(prefix);

    if (line->len < len || memcmp(line->at, prefix, len) != 0)
        return false;
    line->at += len;
    line->len -= len;
    return true;
}

static bool decode(struct span line, unsigned char *out, size_t octets)
{
    size_t got;

    /* libsodium 1.0.18 takes some octets above 127 for letters. */
    for (size_t i = 0; i < line.len; i++)
        if (line.at[i] & 0x80)
            return false;
    return sodium_base642bin(out, octets, line.at, line.len, NULL, &got, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           got == octets;
}

static bool take_key_line(struct span *text, struct span *line)
{
    if (!take_line(text, line))
        return false;
    line->len -= line->len > 0 && line->at[line->len - 1] == '\r';
    return true;
}

static bool is_blank_text(const struct span *text)
{
    for (size_t i = 0; i < text->len; i++)
        if (strchr(" \t\r\n", text->at[i]) == NULL || text->at[i] == '\0')
            return false;
    return true;
}

/* The base64 of a key file: its second line, or the only one. As minisign does it takes what mail
 * and editors make of the file: CR LF, a byte order mark before the comment, blank lines at the
 * end. */
static bool decode_key(const char *text, size_t len, unsigned char *out, size_t octets)
{
    struct span rest = {text, len}, line;

    take_prefix(&rest, "\xef\xbb\xbf");
    if (!take_key_line(&rest, &line))
        return false;
    if (take_prefix(&line, UNTRUSTED) && !take_key_line(&rest, &line))
        return false;
    return is_blank_text(&rest) && decode(line, out, octets);
}

static int add(struct keys *keys, const unsigned char *id, const unsigned char *public)
{
    for (unsigned i = 0; i < keys->count; i++)
        if (memcmp(keys->key[i].id, id, sizeof keys->key[i].id) == 0 &&
            memcmp(keys->key[i].public, public, sizeof keys->key[i].public) == 0)
            return 0;
    if (keys->count == KEYS_MAX)
        return E_KEY_MANY;
    memcpy(keys->key[keys->count].id, id, sizeof keys->key->id);
    memcpy(keys->key[keys->count].public, public, sizeof keys->key->public);
    keys->count++;
    return 0;
}

int keys_add(struct keys *keys, const char *text, size_t len)
{
    unsigned char octets[PUBLIC_OCTETS];

    if (!decode_key(text, len, octets, sizeof octets) || memcmp(octets, "Ed", 2) != 0)
        return E_KEY_SYNTAX;
    return add(keys, octets + 2, octets + 10);
}

int keys_add_secret(struct keys *keys, const char *text, size_t len)
{
    unsigned char octets[SECRET_OCTETS];
    int r = E_KEY_SYNTAX;

    if (!decode_key(text, len, octets, sizeof octets) || memcmp(octets, "Ed", 2) != 0)
        goto out;
    r = octets[2] != 0 || octets[3] != 0 ? E_KEY_ENCRYPTED
                                         : add(keys, octets + SECRET_ID, octets + SECRET_PUBLIC);
out:
    sodium_memzero(octets, sizeof octets);
    return r;
}

static int load_file(struct keys *keys, int directory, const char *path)
{
    char text[KEY_FILE_MAX];
    int len = file_read(directory, path, text, sizeof text);

    if (len < 0)
        return len == E_FILE_LONG ? E_KEY_SYNTAX : len;
    return keys_add(keys, text, (size_t)len);
}

static int load_folder(struct keys *keys, DIR *folder)
{
    bool found = false;
    struct dirent *entry;

    while ((errno = 0, entry = readdir(folder)) != NULL) {
        size_t len = strlen(entry->d_name);
        int r;

        if (len < 5 || entry->d_name[0] == '.' || strcmp(entry->d_name + len - 4, ".pub") != 0)
            continue;
        r = load_file(keys, dirfd(folder), entry->d_name);
        if (r < 0)
            return r;
        found = true;
    }
    if (errno != 0)
        return -errno;
    return found ? 0 : E_KEY_NONE;
}

int keys_load(struct keys *keys, const char *path)
{
    unsigned before = keys->count;
    DIR *folder = opendir(path);
    int r;

    if (folder == NULL && errno != ENOTDIR)
        return -errno;
    r = folder != NULL ? load_folder(keys, folder) : load_file(keys, AT_FDCWD, path);
    if (folder != NULL)
        closedir(folder);
    if (r < 0)
        keys->count = before;
    return r;
}

void key_id_format(const struct key *key, char out[KEY_ID_TEXT])
{
    for (int i = 0; i < 8; i++)
        snprintf(out + 2 * i, 3, "%02X", key->id[7 - i]);
}

struct parsed {
    unsigned char signature[SIGNATURE_OCTETS];
    unsigned char global[64];
    struct span comment;
};

static bool parse_signature(const char *text, size_t len, struct parsed *out)
{
    struct span rest = {text, len}, line;

    return take_line(&rest, &line) && take_prefix(&line, UNTRUSTED) && /* never shown */
           take_line(&rest, &line) && decode(line, out->signature, sizeof out->signature) &&
           take_line(&rest, &out->comment) && take_prefix(&out->comment, TRUSTED) &&
           take_line(&rest, &line) && decode(line, out->global, sizeof out->global) &&
           rest.len == 0;
}

/* The global signature: over the signature proper followed by the trusted comment. */
static bool comment_is_signed(const struct parsed *p, const struct key *key)
{
    unsigned char data[64 + SIGNATURE_MAX_OCTETS];

    memcpy(data, p->signature + 10, 64);
    memcpy(data + 64, p->comment.at, p->comment.len);
    return crypto_sign_verify_detached(p->global, data, 64 + p->comment.len, key->public) == 0;
}

static bool is_signed(const struct parsed *p, const struct key *key, const void *data, size_t len)
{
    unsigned char hash[64];

    crypto_generichash(hash, sizeof hash, data, len, NULL, 0);
    return crypto_sign_verify_detached(p->signature + 10, hash, sizeof hash, key->public) == 0 &&
           comment_is_signed(p, key);
}

int signature_verify(const char *signature, size_t signature_len, const void *data, size_t len,
                     const struct keys *keys, const char *registry_name, uint32_t serial)
{
    char comment[TRUSTED_COMMENT_MAX + 1];
    bool known = false, good = false;
    struct parsed p;

    if (signature_len > SIGNATURE_MAX_OCTETS || !parse_signature(signature, signature_len, &p))
        return E_SIGNATURE_SYNTAX;
    if (memcmp(p.signature, "Ed", 2) == 0)
        return E_SIGNATURE_LEGACY;
    if (memcmp(p.signature, "ED", 2) != 0)
        return E_SIGNATURE_SYNTAX;
    for (unsigned i = 0; i < keys->count && !good; i++) {
        if (memcmp(keys->key[i].id, p.signature + 2, sizeof keys->key[i].id) != 0)
            continue;
        known = true;
        good = is_signed(&p, &keys->key[i], data, len);
    }
    if (!good)
        return known ? E_SIGNATURE_WRONG : E_SIGNATURE_KEY;
    snprintf(comment, sizeof comment, "gitdns %s serial %u", registry_name, serial);
    return p.comment.len == strlen(comment) && memcmp(p.comment.at, comment, p.comment.len) == 0
               ? 0
               : E_SIGNATURE_COMMENT;
}
