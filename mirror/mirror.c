#include "mirror/mirror.h"
#include "base/error.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Room for `SERIAL/manifest.KEYID.minisig`. */
#define FILE_OCTETS 64

void mirror_file_url(const struct mirror *mirror, const char *file, char out[MIRROR_URL_OCTETS])
{
    snprintf(out, MIRROR_URL_OCTETS, "%s%s", mirror->url, file);
}

/* Returns as mirror_head. */
static enum fetch_result get(struct mirror *mirror, const char *file, char *out, size_t max,
                             size_t *len)
{
    struct fetch_answer *answer = &mirror->answer;
    char url[MIRROR_URL_OCTETS];
    enum fetch_result result;

    mirror_file_url(mirror, file, url);
    result = fetch_text(mirror->fetcher, url, mirror->deadline, out, max, len, answer);
    mirror->fault = MIRROR_NO_ANSWER;
    if (result != FETCH_OK)
        message_set(mirror->error, "%s: %s", url, answer->error);
    if (answer->retry_after > mirror->retry_after)
        mirror->retry_after = answer->retry_after;
    return result;
}

enum fetch_result mirror_head(struct mirror *mirror)
{
    char text[HEAD_MAX_OCTETS];
    enum fetch_result result;
    size_t len;

    mirror->serial = 0;
    result = get(mirror, "HEAD", text, sizeof text, &len);
    if (result != FETCH_OK)
        return result;
    if (len > 0 && text[len - 1] == '\n')
        len--;
    mirror->serial = serial_parse(text, len);
    if (mirror->serial == 0) {
        mirror->fault = MIRROR_HEAD;
        message_set(mirror->error, "%sHEAD: not a serial", mirror->url);
        return FETCH_REFUSED;
    }
    return FETCH_OK;
}

static int verify(const struct mirror *mirror, const struct keys *keys, const char *registry_name,
                  const struct offer *offer)
{
    return signature_verify(offer->signature, offer->signature_len, offer->text, offer->text_len,
                            keys, registry_name, mirror->serial);
}

/* Fetches a signature and verifies it. Returns as mirror_head and, if it was fetched, *r of
 * signature_verify. */
static enum fetch_result try_signature(struct mirror *mirror, const char *file,
                                       const struct keys *keys, const char *registry_name,
                                       struct offer *offer, int *r)
{
    enum fetch_result result =
        get(mirror, file, offer->signature, sizeof offer->signature, &offer->signature_len);

    *r = 0;
    if (result != FETCH_OK)
        return result;
    *r = verify(mirror, keys, registry_name, offer);
    mirror->lied = *r != 0;
    mirror->fault = MIRROR_SIGNATURE;
    if (*r == 0)
        return FETCH_OK;
    /* A signature that does not match speaks against the manifest as much as against itself. */
    if (*r == E_SIGNATURE_WRONG)
        message_set(mirror->error, "%s%" PRIu32 "/manifest: %s", mirror->url, mirror->serial,
                    error_text(*r));
    else
        message_set(mirror->error, "%s%s: %s", mirror->url, file, error_text(*r));
    return FETCH_REFUSED;
}

static enum fetch_result fetch_signature(struct mirror *mirror, const struct keys *keys,
                                         const char *registry_name, struct offer *offer, int *r)
{
    char file[FILE_OCTETS];
    char id[KEY_ID_TEXT];
    enum fetch_result result;
    int other;

    snprintf(file, sizeof file, "%" PRIu32 "/manifest.minisig", mirror->serial);
    result = try_signature(mirror, file, keys, registry_name, offer, r);
    if (result != FETCH_REFUSED || *r != E_SIGNATURE_KEY)
        return result;
    for (unsigned i = 0; i < keys->count; i++) {
        key_id_format(&keys->key[i], id);
        snprintf(file, sizeof file, "%" PRIu32 "/manifest.%s.minisig", mirror->serial, id);
        result = try_signature(mirror, file, keys, registry_name, offer, &other);
        if (result != FETCH_REFUSED)
            return result;
    }
    mirror->fault = MIRROR_SIGNATURE;
    message_set(mirror->error, "%s%" PRIu32 "/manifest: signature does not match any of %u key%s",
                mirror->url, mirror->serial, keys->count, keys->count == 1 ? "" : "s");
    return FETCH_REFUSED;
}

/* The signature is by one of the keys, but for something else: says for what. */
static void explain_other(struct mirror *mirror, const char *registry_name, struct offer *offer)
{
    struct manifest *manifest = &offer->manifest;
    unsigned line;

    if (manifest_parse(offer->text, offer->text_len, manifest, &line) != 0)
        return;
    if (strcmp(manifest->name, registry_name) == 0 && manifest->serial == mirror->serial)
        return;
    mirror->fault = MIRROR_OTHER;
    if (strcmp(manifest->name, registry_name) != 0)
        message_set(mirror->error, "%s%" PRIu32 "/manifest: is of registry %s, not %s", mirror->url,
                    mirror->serial, manifest->name, registry_name);
    else
        message_set(mirror->error, "%s%" PRIu32 "/manifest: is of serial %" PRIu32, mirror->url,
                    mirror->serial, manifest->serial);
}

enum fetch_result mirror_manifest(struct mirror *mirror, struct offer *offer)
{
    char file[FILE_OCTETS];

    snprintf(file, sizeof file, "%" PRIu32 "/manifest", mirror->serial);
    return get(mirror, file, offer->text, sizeof offer->text, &offer->text_len);
}

enum fetch_result mirror_verify(struct mirror *mirror, const struct keys *keys,
                                const char *registry_name, struct offer *offer)
{
    enum fetch_result result;
    unsigned line;
    int r;

    result = fetch_signature(mirror, keys, registry_name, offer, &r);
    if (result == FETCH_REFUSED && r == E_SIGNATURE_COMMENT)
        explain_other(mirror, registry_name, offer);
    if (result != FETCH_OK)
        return result;

    r = manifest_parse(offer->text, offer->text_len, &offer->manifest, &line);
    if (r != 0) {
        mirror->fault = MIRROR_MANIFEST;
        message_set(mirror->error, "%s%" PRIu32 "/manifest:%u: %s", mirror->url, mirror->serial,
                    line, error_text(r));
        return FETCH_REFUSED;
    }
    /* The trusted comment said the right ones; the manifest has to agree. */
    if (strcmp(offer->manifest.name, registry_name) != 0 ||
        offer->manifest.serial != mirror->serial) {
        mirror->lied = true;
        explain_other(mirror, registry_name, offer);
        return FETCH_REFUSED;
    }
    return FETCH_OK;
}

enum fetch_result mirror_offer(struct mirror *mirror, const struct keys *keys,
                               const char *registry_name, struct offer *offer)
{
    enum fetch_result result = mirror_manifest(mirror, offer);

    return result == FETCH_OK ? mirror_verify(mirror, keys, registry_name, offer) : result;
}

struct mirror *mirror_next(struct mirror *mirrors, unsigned count, unsigned *left)
{
    struct mirror *best = NULL;

    *left = 0;
    for (unsigned i = 0; i < count; i++) {
        struct mirror *mirror = &mirrors[i];

        *left += mirror->serial != 0;
        if (mirror->serial != 0 && (best == NULL || mirror->serial > best->serial))
            best = mirror;
    }
    return best;
}
