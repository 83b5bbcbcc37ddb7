#include "publish/restore.h"
#include "base/error.h"
#include "base/file.h"
#include "fetch/fetch.h"
#include "publish/draft.h"
#include "publish/stop.h"
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_TIMEOUT 30
#define STALL_TIMEOUT 30
/* Of a file of the publisher's own registry, from a mirror that was chosen. */
#define FILE_MS (INT64_C(3600) * 1000)
/* Of all, as slow as each of thousands of files may be. */
#define RESTORE_MS (RESTORE_HOURS * FILE_MS)
#define URL_OCTETS (RESTORE_URL_MAX + DRAFT_FILE_NAME + sizeof "/4294967295/")
#define FIRST_SIGNATURE "manifest.minisig"
#define NOT_FOUND 404
#define GONE 410

struct restoring {
    struct tree *tree;
    const char *url;
    const char *registry_name;
    const struct keys *keys;
    struct fetcher *fetcher;
    int64_t deadline;   /* fetch_clock's, for all */
    struct draft draft; /* the serial under way */
    struct published published;
    struct problem *problem;
};

bool restore_is_url(const char *url)
{
    static const char *const schemes[] = {"http://", "https://", "file://"};
    bool known = false;

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        known = known || strncmp(url, schemes[i], strlen(schemes[i])) == 0;
    return known && strlen(url) <= RESTORE_URL_MAX;
}

/* The URL of a file of the serial under way, or of one beside the serials. */
static void file_url(const struct restoring *restoring, const char *file, char out[URL_OCTETS])
{
    const char *url = restoring->url;
    const char *slash = url[strlen(url) - 1] == '/' ? "" : "/";

    if (restoring->draft.serial == 0)
        snprintf(out, URL_OCTETS, "%s%s%s", url, slash, file);
    else
        snprintf(out, URL_OCTETS, "%s%s%" PRIu32 "/%s", url, slash, restoring->draft.serial, file);
}

static int fail(const struct restoring *restoring, const char *file, int code)
{
    char url[URL_OCTETS];

    file_url(restoring, file, url);
    return problem_set(restoring->problem, code, "%s: %s", url, error_text(code));
}

static int64_t file_deadline(const struct restoring *restoring)
{
    int64_t deadline = fetch_clock() + FILE_MS;

    return deadline < restoring->deadline ? deadline : restoring->deadline;
}

/* Returns 0, -ENOENT if the mirror has no such file, E_STOPPED or E_MIRROR. */
static int judge(const struct restoring *restoring, const char *url, enum fetch_result result,
                 const struct fetch_answer *answer)
{
    bool missing = answer->status == NOT_FOUND || answer->status == GONE ||
                   (answer->status == 0 && strncmp(url, "file:", 5) == 0);
    int code = E_MIRROR;

    if (result == FETCH_OK)
        return 0;
    if (result == FETCH_STOPPED)
        code = E_STOPPED;
    else if (result == FETCH_REFUSED && missing)
        code = -ENOENT;
    return problem_set(restoring->problem, code, "%s: %s", url, answer->error);
}

/* Returns the length, or as judge. */
static int fetch_octets(const struct restoring *restoring, const char *file, char *out, size_t max)
{
    struct fetch_answer answer = {.status = 0};
    enum fetch_result result;
    char url[URL_OCTETS];
    size_t len = 0;
    int r;

    file_url(restoring, file, url);
    result = fetch_text(restoring->fetcher, url, file_deadline(restoring), out, max, &len, &answer);
    r = judge(restoring, url, result, &answer);
    return r < 0 ? r : (int)len;
}

/* Puts a file of the serial under way into its folder, in place of what a run left that died. */
static int put(struct restoring *restoring, const char *file)
{
    unlinkat(restoring->draft.fd, file, 0);
    return draft_create(&restoring->draft, file);
}

/* Returns 0, or as judge. */
static int fetch_payload(struct restoring *restoring, const char *file, uint64_t octets)
{
    struct fetch_answer answer = {.status = 0};
    enum fetch_result result;
    char url[URL_OCTETS];
    int fd = put(restoring, file), r;

    if (fd < 0)
        return draft_problem(&restoring->draft, file, fd, restoring->problem);
    file_url(restoring, file, url);
    result = fetch_file(restoring->fetcher, url, file_deadline(restoring), fd, 0, octets, &answer);
    r = judge(restoring, url, result, &answer);
    close(fd);
    if (r == -ENOENT)
        draft_remove_last(&restoring->draft);
    return r;
}

/* A signature by one of the keys, or, with `any`, by a key that is not among them. Returns 1 if it
 * is good, 0 if it is missing or by another key. */
static int take_signature(struct restoring *restoring, const char *file, const struct keys *keys,
                          bool any)
{
    const struct published *published = &restoring->published;
    char text[SIGNATURE_MAX_OCTETS];
    int len = fetch_octets(restoring, file, text, sizeof text), fd, good, r;

    if (len < 0)
        return len == -ENOENT && !any ? 0 : len;
    good = signature_verify(text, (size_t)len, published->text, published->len, keys,
                            restoring->registry_name, restoring->draft.serial);
    if (good < 0 && !(any && good == E_SIGNATURE_KEY))
        return fail(restoring, file, good);
    fd = put(restoring, file);
    r = fd < 0 ? fd : file_write_all(fd, text, (size_t)len);
    if (fd >= 0)
        close(fd);
    return r < 0 ? draft_problem(&restoring->draft, file, r, restoring->problem) : good == 0;
}

/* All that one of the keys may have made; one of them has to be there and good. */
static int take_signatures(struct restoring *restoring)
{
    int r = take_signature(restoring, FIRST_SIGNATURE, restoring->keys, true), good = r;

    for (unsigned i = 0; r >= 0 && i < restoring->keys->count; i++) {
        const struct keys one = {.count = 1, .key = {restoring->keys->key[i]}};
        char id[KEY_ID_TEXT], file[DRAFT_FILE_NAME];

        key_id_format(&one.key[0], id);
        snprintf(file, sizeof file, "manifest.%s.minisig", id);
        r = take_signature(restoring, file, &one, false);
        good = good > r ? good : r;
    }
    return r < 0 ? r : good;
}

static int take_manifest(struct restoring *restoring, const unsigned char *sha256)
{
    struct published *published = &restoring->published;
    int len = fetch_octets(restoring, "manifest", published->text, sizeof published->text), r;
    unsigned line;

    if (len < 0)
        return len;
    published->len = (size_t)len;
    crypto_hash_sha256(published->sha256, (const unsigned char *)published->text, published->len);
    if (sha256 != NULL && memcmp(sha256, published->sha256, SHA256_OCTETS) != 0)
        return fail(restoring, "manifest", E_HASH_WRONG);
    r = manifest_parse(published->text, published->len, &published->manifest, &line);
    if (r == 0 && (published->manifest.serial != restoring->draft.serial ||
                   strcmp(published->manifest.name, restoring->registry_name) != 0))
        r = E_SIGNATURE_COMMENT;
    return r < 0 ? fail(restoring, "manifest", r) : 0;
}

/* Snapshot and deltas, which must be what the manifest says. */
static int take_payloads(struct restoring *restoring, bool newest)
{
    const struct published *published = &restoring->published;
    const struct manifest *manifest = &published->manifest;
    int r = fetch_payload(restoring, "snapshot.gz", manifest->snapshot_octets), fd;

    if (r == -ENOENT && !newest)
        return 0;
    if (r < 0)
        return r;
    fd = published_snapshot(restoring->tree, published, restoring->problem);
    if (fd < 0)
        return fd;
    close(fd);
    for (unsigned i = 0; newest && r == 0 && i < manifest->deltas; i++) {
        char file[sizeof "delta-4294967295.gz"];

        snprintf(file, sizeof file, "delta-%" PRIu32 ".gz", manifest->delta[i].base);
        r = fetch_payload(restoring, file, manifest->delta[i].octets);
    }
    return r == 0 && newest ? published_deltas(restoring->tree, published, true, restoring->problem)
                            : r;
}

/* One serial. Its manifest comes last, without which the folder counts for nothing. `sha256`: the
 * manifest's; NULL: of the newest one, which a signature has to vouch for. */
static int take_serial(struct restoring *restoring, uint32_t serial, const unsigned char *sha256,
                       bool snapshot)
{
    const struct published *published = &restoring->published;
    int r = draft_make_as(&restoring->draft, restoring->tree, serial, restoring->problem);

    if (r == 0)
        r = take_manifest(restoring, sha256);
    if (r == 0)
        r = take_signatures(restoring);
    if (r == 0 && sha256 == NULL)
        return problem_set(restoring->problem, E_SIGNATURE_KEY,
                           "%s: serial %" PRIu32 ": %s; see --pubkey", restoring->url, serial,
                           error_text(E_SIGNATURE_KEY));
    if (r >= 0)
        r = snapshot ? take_payloads(restoring, sha256 == NULL) : 0;
    if (r < 0)
        return r;
    if (syncfs(restoring->draft.fd) < 0)
        return draft_problem(&restoring->draft, "", -errno, restoring->problem);
    r = file_replace(restoring->draft.fd, "manifest", published->text, published->len, 0644);
    restoring->draft.published = r == 0;
    return r < 0 ? draft_problem(&restoring->draft, "manifest", r, restoring->problem) : 0;
}

/* From the newest down, for as long as there is something. */
static int take_all(struct restoring *restoring, uint32_t serial, struct restored *restored)
{
    const struct manifest *manifest = &restoring->published.manifest;
    unsigned char sha256[SHA256_OCTETS];
    unsigned count = 0;
    int r = take_serial(restoring, serial, NULL, true);

    draft_close(&restoring->draft);
    if (r < 0)
        return r;
    restored->newest = restored->oldest = serial;
    while (r == 0 && manifest->parent > 0) {
        serial = manifest->parent;
        memcpy(sha256, manifest->parent_sha256, SHA256_OCTETS);
        r = stop_requested()
                ? E_STOPPED
                : take_serial(restoring, serial, sha256, ++count < SERIAL_CHAIN_SNAPSHOTS);
        draft_close(&restoring->draft);
        if (r == 0)
            restored->oldest = serial;
    }
    if (r == E_STOPPED)
        return problem_set(restoring->problem, r, "%s: stopped", restoring->url);
    if (r < 0)
        restored->rest = *restoring->problem;
    return 0;
}

static int read_head(struct restoring *restoring, uint32_t *serial)
{
    char text[HEAD_MAX_OCTETS];
    int len = fetch_octets(restoring, "HEAD", text, sizeof text);

    if (len < 0)
        return len == -ENOENT ? E_MIRROR : len;
    if (len > 0 && text[len - 1] == '\n')
        len--;
    *serial = serial_parse(text, (size_t)len);
    return *serial > 0 ? 0
                       : problem_set(restoring->problem, E_MIRROR, "%s: its HEAD is not a serial",
                                     restoring->url);
}

static int announce(struct tree *tree, uint32_t serial, struct problem *problem)
{
    bool moved;
    int r;

    if (syncfs(tree->fd) < 0)
        return problem_set(problem, -errno, "%s: %s", tree->path, error_text(-errno));
    r = tree_set_head(tree, serial, &moved, problem);
    if (r < 0)
        return r;
    tree->head = serial;
    tree->highest = tree->highest > serial ? tree->highest : serial;
    return 0;
}

int restore(struct tree *tree, const char *url, const char *registry_name, const struct keys *keys,
            struct restored *restored, struct problem *problem)
{
    const struct fetch_limits limits = {.connect_timeout = CONNECT_TIMEOUT,
                                        .stall_timeout = STALL_TIMEOUT,
                                        .stop = stop_descriptor()};
    struct restoring restoring = {.tree = tree,
                                  .url = url,
                                  .registry_name = registry_name,
                                  .keys = keys,
                                  .deadline = fetch_clock() + RESTORE_MS,
                                  .draft = {.fd = -1},
                                  .problem = problem};
    uint32_t serial = 0;
    int r = fetcher_open(&restoring.fetcher, &limits);

    if (r < 0)
        return problem_set(problem, r, "%s: %s", url, error_text(r));
    r = read_head(&restoring, &serial);
    if (r == 0)
        r = take_all(&restoring, serial, restored);
    if (r == 0)
        r = announce(tree, serial, problem);
    fetcher_close(restoring.fetcher);
    return r;
}
