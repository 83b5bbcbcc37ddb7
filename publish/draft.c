#include "publish/draft.h"
#include "base/base.h"
#include "base/error.h"
#include "base/file.h"
#include "publish/owned.h"
#include "publish/payload.h"
#include "registry/crowding.h"
#include "registry/store_size.h"
#include "registry/text.h"
#include <cdb.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SNAPSHOT "snapshot.gz"
#define MANIFEST "manifest"
#define SIGNATURE "manifest.minisig"
#define SERIAL_TEXT sizeof "4294967295"

int draft_problem(const struct draft *draft, const char *file, int code, struct problem *problem)
{
    return problem_set(problem, code, "%s/%" PRIu32 "/%s: %s", draft->tree->path, draft->serial,
                       file, error_text(code));
}

static void serial_name(const struct draft *draft, char name[SERIAL_TEXT])
{
    snprintf(name, SERIAL_TEXT, "%" PRIu32, draft->serial);
}

static int make(struct draft *draft, uint32_t serial, bool fresh, struct problem *problem)
{
    const struct tree *tree = draft->tree;
    char name[SERIAL_TEXT];
    int r;

    snprintf(name, sizeof name, "%" PRIu32, serial);
    if (mkdirat(tree->fd, name, 0755) < 0 && (fresh || errno != EEXIST))
        return problem_set(problem, -errno, "%s/%s: %s", tree->path, name, error_text(-errno));
    r = owned_open_folder(tree->fd, name);
    if (r < 0) {
        unlinkat(tree->fd, name, AT_REMOVEDIR);
        return problem_set(problem, r, "%s/%s: %s", tree->path, name, error_text(r));
    }
    draft->fd = r;
    draft->serial = serial;
    return 0;
}

int draft_make(struct draft *draft, struct tree *tree, struct problem *problem)
{
    uint32_t highest = tree->highest > tree->head ? tree->highest : tree->head;

    *draft = (struct draft){.tree = tree, .fd = -1};
    if (highest >= SERIAL_MAX)
        return problem_set(problem, E_TREE_SERIALS, "%s: no serial above %" PRIu32, tree->path,
                           highest);
    return make(draft, highest + 1, true, problem);
}

int draft_make_as(struct draft *draft, struct tree *tree, uint32_t serial, struct problem *problem)
{
    *draft = (struct draft){.tree = tree, .fd = -1};
    return make(draft, serial, false, problem);
}

static void note(struct draft *draft, const char *file)
{
    snprintf(draft->file[draft->files++], DRAFT_FILE_NAME, "%s", file);
}

int draft_create(struct draft *draft, const char *file)
{
    int fd;

    if (draft->files == DRAFT_FILES)
        return -ENOSPC;
    fd = openat(draft->fd, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    note(draft, file);
    return fd;
}

int draft_remove_last(struct draft *draft)
{
    draft->files--;
    return unlinkat(draft->fd, draft->file[draft->files], 0) < 0 ? -errno : 0;
}

/* What every client would refuse is not published. */
static int fit(struct crowding *crowding, uint64_t *size, const struct record *record)
{
    unsigned char value[RECORD_VALUE_MAX];
    int r = store_size_add(size, record->name_len, record_encode(record, value));

    return r == 0 ? crowding_add(crowding, cdb_hash(record->name, record->name_len)) : r;
}

static int write_records(int fd, const struct records *records, struct payload_sums *sums)
{
    struct records_walk walk = {.next = 0};
    struct payload *payload = NULL;
    struct crowding crowding = {0};
    uint64_t size = STORE_SIZE_META_MAX;
    struct record record;
    char line[TEXT_LINE_MAX];
    int r = payload_open(&payload, fd);

    while (r == 0 && records_next(records, &walk, &record) > 0) {
        r = fit(&crowding, &size, &record);
        if (r == 0)
            r = payload_add(payload, line, text_format(&record, line));
    }
    if (r == 0)
        r = crowding_check(&crowding);
    if (r == 0)
        r = payload_finish(payload, sums);
    crowding_free(&crowding);
    payload_close(payload);
    return r;
}

int draft_snapshot(struct draft *draft, const struct records *records, struct manifest *manifest,
                   struct problem *problem)
{
    struct payload_sums sums = {0};
    int fd = draft_create(draft, SNAPSHOT), r = fd;

    if (fd >= 0) {
        r = write_records(fd, records, &sums);
        close(fd);
    }
    if (r < 0)
        return draft_problem(draft, SNAPSHOT, r, problem);
    manifest->names = records_count(records);
    manifest->text_octets = sums.text_octets;
    memcpy(manifest->text_sha256, sums.text_sha256, SHA256_OCTETS);
    manifest->snapshot_octets = sums.octets;
    memcpy(manifest->snapshot_sha256, sums.sha256, SHA256_OCTETS);
    return 0;
}

int draft_link(struct draft *draft, struct manifest *manifest)
{
    const struct manifest *last = &draft->tree->last.manifest;
    char path[SERIAL_TEXT + sizeof SNAPSHOT];

    snprintf(path, sizeof path, "%" PRIu32 "/" SNAPSHOT, last->serial);
    if (linkat(draft->tree->fd, path, draft->fd, SNAPSHOT, 0) < 0)
        return -errno;
    note(draft, SNAPSHOT);
    manifest->names = last->names;
    manifest->text_octets = last->text_octets;
    memcpy(manifest->text_sha256, last->text_sha256, SHA256_OCTETS);
    manifest->snapshot_octets = last->snapshot_octets;
    memcpy(manifest->snapshot_sha256, last->snapshot_sha256, SHA256_OCTETS);
    return 0;
}

static int write_file(struct draft *draft, const char *file, const char *data, size_t len,
                      struct problem *problem)
{
    int fd = draft_create(draft, file), r = fd;

    if (fd >= 0) {
        r = file_write_all(fd, data, len);
        if (r == 0 && fsync(fd) < 0)
            r = -errno;
        close(fd);
    }
    return r < 0 ? draft_problem(draft, file, r, problem) : 0;
}

/* What is to be signed. */
struct signing {
    char text[MANIFEST_MAX_OCTETS];
    size_t len;
    const struct manifest *manifest;
    const struct signers *signers;
};

/* Finds the key by which the fresh signature is good. */
static int find_key(const struct signing *signing, const char *signature, size_t octets,
                    char id[KEY_ID_TEXT])
{
    const struct keys *keys = &signing->signers->trusted;
    int r = E_SIGNATURE_KEY;

    for (unsigned i = 0; i < keys->count && r == E_SIGNATURE_KEY; i++) {
        struct keys one = {.count = 1, .key = {keys->key[i]}};

        r = signature_verify(signature, octets, signing->text, signing->len, &one,
                             signing->manifest->name, signing->manifest->serial);
        key_id_format(&keys->key[i], id);
    }
    return r;
}

/* One signature; all but the first get their key's id into their name. */
static int sign_one(struct draft *draft, const struct signing *signing, unsigned i,
                    struct problem *problem)
{
    const char *secret = signing->signers->secret[i];
    char signature[SIGNATURE_MAX_OCTETS], id[KEY_ID_TEXT], name[DRAFT_FILE_NAME] = SIGNATURE;
    int len = signers_run(secret, signing->text, signing->len, signing->manifest->name,
                          signing->manifest->serial, signature, problem);
    int r;

    if (len < 0)
        return len;
    r = find_key(signing, signature, (size_t)len, id);
    if (r < 0)
        return problem_set(problem, E_SIGN, "%s: its signature cannot be used: %s", secret,
                           error_text(r));
    if (i > 0)
        snprintf(name, sizeof name, MANIFEST ".%s.minisig", id);
    return write_file(draft, name, signature, (size_t)len, problem);
}

int draft_sign(struct draft *draft, const struct manifest *manifest, const struct signers *signers,
               struct problem *problem)
{
    struct signing signing = {.manifest = manifest, .signers = signers};
    int len = manifest_format(manifest, signing.text), r = 0;

    if (len < 0)
        return draft_problem(draft, MANIFEST, len, problem);
    signing.len = (size_t)len;
    for (unsigned i = 0; i < signers->count && r == 0; i++)
        r = sign_one(draft, &signing, i, problem);
    return r == 0 ? write_file(draft, MANIFEST, signing.text, signing.len, problem) : r;
}

int draft_publish(struct draft *draft, struct problem *problem)
{
    char name[SERIAL_TEXT];
    int r;

    serial_name(draft, name);
    r = owned_check_still(draft->tree->fd, name, draft->fd);
    if (r == -ESTALE || r == -ENOENT)
        return problem_set(problem, E_TREE_DAMAGED, "%s/%s: not the folder that this run made",
                           draft->tree->path, name);
    if (r == 0 && (fsync(draft->fd) < 0 || fsync(draft->tree->fd) < 0))
        r = -errno;
    if (r < 0)
        return draft_problem(draft, "", r, problem);
    return tree_set_head(draft->tree, draft->serial, &draft->published, problem);
}

static void remove_folder(const struct draft *draft)
{
    char name[SERIAL_TEXT];

    serial_name(draft, name);
    for (unsigned i = 0; i < draft->files; i++)
        unlinkat(draft->fd, draft->file[i], 0);
    if (owned_check_still(draft->tree->fd, name, draft->fd) == 0)
        unlinkat(draft->tree->fd, name, AT_REMOVEDIR);
}

void draft_close(struct draft *draft)
{
    if (draft->serial > 0 && !draft->published)
        remove_folder(draft);
    if (draft->fd >= 0)
        close(draft->fd);
    draft->fd = -1;
}
