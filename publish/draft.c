#include "publish/draft.h"
#include "base/base.h"
#include "base/error.h"
#include "base/file.h"
#include "publish/payload.h"
#include "registry/text.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SNAPSHOT "snapshot.gz"
#define MANIFEST "manifest"
#define SIGNATURE "manifest.minisig"
#define OTHER_SIGNATURE "manifest.minisig.new"
#define SERIAL_TEXT sizeof "4294967295"

int draft_problem(const struct draft *draft, const char *file, int code, struct problem *problem)
{
    return problem_set(problem, code, "%s/%" PRIu32 "/%s: %s", draft->tree->path, draft->serial,
                       file, error_text(code));
}

int draft_make(struct draft *draft, struct tree *tree, struct problem *problem)
{
    uint32_t highest = tree->highest > tree->head ? tree->highest : tree->head;
    char name[SERIAL_TEXT];

    *draft = (struct draft){.tree = tree, .fd = -1};
    if (highest >= SERIAL_MAX)
        return problem_set(problem, E_TREE_SERIALS, "%s: no serial above %" PRIu32, tree->path,
                           highest);
    snprintf(name, sizeof name, "%" PRIu32, highest + 1);
    if (mkdirat(tree->fd, name, 0755) < 0)
        return problem_set(problem, -errno, "%s/%s: %s", tree->path, name, error_text(-errno));
    draft->serial = highest + 1;
    draft->fd = openat(tree->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return draft->fd < 0
               ? problem_set(problem, -errno, "%s/%s: %s", tree->path, name, error_text(-errno))
               : 0;
}

int draft_create(const struct draft *draft, const char *file)
{
    int fd = openat(draft->fd, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    return fd < 0 ? -errno : fd;
}

static int write_records(int fd, const struct records *records, struct payload_sums *sums)
{
    struct records_walk walk = {.next = 0};
    struct payload *payload = NULL;
    struct record record;
    char line[TEXT_LINE_MAX];
    int r = payload_open(&payload, fd);

    while (r == 0 && records_next(records, &walk, &record) > 0)
        r = payload_add(payload, line, text_format(&record, line));
    if (r == 0)
        r = payload_finish(payload, sums);
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
    manifest->names = last->names;
    manifest->text_octets = last->text_octets;
    memcpy(manifest->text_sha256, last->text_sha256, SHA256_OCTETS);
    manifest->snapshot_octets = last->snapshot_octets;
    memcpy(manifest->snapshot_sha256, last->snapshot_sha256, SHA256_OCTETS);
    return 0;
}

static int write_file(const struct draft *draft, const char *file, const char *data, size_t len)
{
    int fd = draft_create(draft, file), r;

    if (fd < 0)
        return fd;
    r = file_write_all(fd, data, len);
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    close(fd);
    return r;
}

/* Finds the key by which the fresh signature is good. */
static int check_signature(const struct draft *draft, const char *file, const char *text,
                           size_t len, const struct manifest *manifest, const struct keys *keys,
                           char id[KEY_ID_TEXT])
{
    char signature[SIGNATURE_MAX_OCTETS];
    int octets = file_read(draft->fd, file, signature, sizeof signature), r = E_SIGNATURE_KEY;

    if (octets < 0)
        return octets;
    for (unsigned i = 0; i < keys->count && r == E_SIGNATURE_KEY; i++) {
        struct keys one = {.count = 1, .key = {keys->key[i]}};

        r = signature_verify(signature, (size_t)octets, text, len, &one, manifest->name,
                             manifest->serial);
        key_id_format(&keys->key[i], id);
    }
    return r;
}

static int sync_file(const struct draft *draft, const char *file)
{
    int fd = openat(draft->fd, file, O_RDONLY | O_CLOEXEC), r;

    if (fd < 0)
        return -errno;
    r = fsync(fd) < 0 ? -errno : 0;
    close(fd);
    return r;
}

/* One signature; all but the first get their key's id into their name, once it is known. */
static int sign_one(const struct draft *draft, const char *text, size_t len,
                    const struct manifest *manifest, const struct signers *signers, unsigned i,
                    struct problem *problem)
{
    const char *file = i == 0 ? SIGNATURE : OTHER_SIGNATURE;
    char message[PATH_MAX], out[PATH_MAX], id[KEY_ID_TEXT], name[64];
    int n = snprintf(out, sizeof out, "%s/%" PRIu32 "/%s", draft->tree->path, draft->serial, file);
    int r;

    if (n >= (int)sizeof out)
        return draft_problem(draft, file, -ENAMETOOLONG, problem);
    snprintf(message, sizeof message, "%s/%" PRIu32 "/" MANIFEST, draft->tree->path, draft->serial);
    r = signers_run(signers->secret[i], message, out, manifest->name, manifest->serial, problem);
    if (r < 0)
        return r;
    r = check_signature(draft, file, text, len, manifest, &signers->trusted, id);
    if (r < 0)
        return problem_set(problem, E_SIGN, "%s: its signature cannot be used: %s",
                           signers->secret[i], error_text(r));
    r = sync_file(draft, file);
    if (r == 0 && i > 0) {
        snprintf(name, sizeof name, "manifest.%s.minisig", id);
        if (renameat(draft->fd, file, draft->fd, name) < 0)
            r = -errno;
    }
    return r < 0 ? draft_problem(draft, file, r, problem) : 0;
}

int draft_sign(struct draft *draft, const struct manifest *manifest, const struct signers *signers,
               struct problem *problem)
{
    char text[MANIFEST_MAX_OCTETS];
    int len = manifest_format(manifest, text), r = len;

    if (len > 0)
        r = write_file(draft, MANIFEST, text, (size_t)len);
    if (r < 0)
        return draft_problem(draft, MANIFEST, r, problem);
    for (unsigned i = 0; i < signers->count && r == 0; i++)
        r = sign_one(draft, text, (size_t)len, manifest, signers, i, problem);
    return r;
}

int draft_publish(struct draft *draft, struct problem *problem)
{
    if (fsync(draft->fd) < 0 || fsync(draft->tree->fd) < 0)
        return draft_problem(draft, "", -errno, problem);
    return tree_set_head(draft->tree, draft->serial, &draft->published, problem);
}

/* What the run made is all that is in there. */
static void remove_folder(const struct draft *draft)
{
    char name[SERIAL_TEXT];
    int fd = draft->fd < 0 ? -1 : openat(draft->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL)
        unlinkat(draft->fd, entry->d_name, 0);
    if (folder != NULL)
        closedir(folder);
    else if (fd >= 0)
        close(fd);
    snprintf(name, sizeof name, "%" PRIu32, draft->serial);
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
