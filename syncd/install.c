#include "syncd/install.h"
#include "base/error.h"
#include "copy/copy.h"
#include "copy/deadline.h"
#include "syncd/ingest.h"
#include "syncd/part_file.h"
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* Room for `SERIAL/delta-SERIAL.gz`. */
#define FILE_OCTETS 48

/* Sets mirror->error for a negative code. Returns whose fault it is. */
static enum sync_result explain(struct mirror *mirror, const struct folder *folder,
                                const struct offer *offer, const char *file, uint64_t line, int r)
{
    char url[MIRROR_URL_OCTETS];
    char path[SERIAL_PATH_OCTETS];

    mirror_file_url(mirror, file, url);
    if (r == E_STOPPED) {
        message_set(mirror->error, "%s: %s", url, error_text(r));
        return SYNC_STOPPED;
    }
    if (error_is_errno(r) || r == E_STORE_CHECK) {
        serial_path(offer->manifest.serial, path);
        message_set(mirror->error, "%s/%s.new: %s", folder->path, path, error_text(r));
        return SYNC_FAILED;
    }
    if (line > 0)
        message_set(mirror->error, "%s:%" PRIu64 ": %s", url, line, error_text(r));
    else
        message_set(mirror->error, "%s: inflated: %s", url, error_text(r));
    return SYNC_REFUSED;
}

/* What is fetched, and what it is applied to. */
struct source {
    struct payload payload;
    const struct store *base; /* NULL: the payload is a snapshot */
    uint64_t limit;           /* octets that a delta may inflate to */
};

/* Returns 0 or a negative code with the *line of the text at fault, 0 if none is. */
static int build(const struct config_registry *registry, const struct folder *folder, int stop,
                 const struct offer *offer, const struct source *source, int fd, uint64_t *line)
{
    struct store_writer *writer = NULL;
    char name[SERIAL_NAME_OCTETS];
    struct store_meta meta = {
        .manifest = &offer->manifest,
        .manifest_text = offer->text,
        .manifest_len = offer->text_len,
        .signature = offer->signature,
        .signature_len = offer->signature_len,
        .deadline = deadline_of(&offer->manifest, registry->max_age),
    };
    int kept, r;

    *line = 0;
    serial_name(offer->manifest.serial, name);
    kept = serials_open(folder->fd);
    r = kept < 0 ? kept : store_writer_open(&writer, kept, name, &meta);
    if (r == 0 && source->base != NULL)
        r = ingest_delta(fd, source->limit, source->base, registry->private, stop, writer, line);
    else if (r == 0)
        r = ingest_snapshot(fd, &offer->manifest, registry->private, stop, writer, line);
    if (r == 0) {
        *line = 0;
        r = store_writer_install(writer);
    }
    store_writer_close(writer);
    if (kept >= 0)
        close(kept);
    return r;
}

static enum sync_result install(const struct config_registry *registry, const struct folder *folder,
                                int stop, struct mirror *mirror, const struct offer *offer,
                                const struct source *source)
{
    enum sync_result result;
    uint64_t line;
    int fd, r;

    part_file_clean(folder, &source->payload);
    result = part_file_fetch(mirror, folder, &source->payload, &fd);
    if (result != SYNC_OK)
        return result;
    r = build(registry, folder, stop, offer, source, fd, &line);
    close(fd);
    if (r != 0)
        result = explain(mirror, folder, offer, source->payload.file, line, r);
    /* Right octets that were of no use are not wanted again, and a full disk needs the room. */
    if (result != SYNC_STOPPED)
        part_file_clean(folder, NULL);
    return result;
}

/* The delta from the serial in hand, or NULL. One that is no smaller than the snapshot saves
 * nothing, and nobody has bounded its size. */
static const struct manifest_delta *find_delta(const struct newest *newest,
                                               const struct manifest *manifest)
{
    for (unsigned i = 0; newest->binding && i < manifest->deltas; i++)
        if (manifest->delta[i].base == newest->manifest.serial &&
            manifest->delta[i].octets < manifest->snapshot_octets)
            return &manifest->delta[i];
    return NULL;
}

static enum sync_result install_delta(const struct config_registry *registry,
                                      const struct folder *folder, int stop,
                                      const struct newest *newest, struct mirror *mirror,
                                      const struct offer *offer, const struct manifest_delta *delta)
{
    char file[FILE_OCTETS];
    struct store base;
    struct source source = {
        .payload = {file, delta->octets, delta->sha256},
        .base = &base,
        /* It names no more than the old text (to take out) and the new one hold. */
        .limit = newest->manifest.text_octets + offer->manifest.text_octets,
    };
    enum sync_result result;
    int r;

    snprintf(file, sizeof file, "%" PRIu32 "/delta-%" PRIu32 ".gz", offer->manifest.serial,
             delta->base);
    r = newest_map(newest, &base);
    if (r != 0) {
        message_set(mirror->error, "%s/%s: %s", folder->path, newest->file, error_text(r));
        return SYNC_REFUSED;
    }
    result = install(registry, folder, stop, mirror, offer, &source);
    store_unmap(&base);
    return result;
}

static enum sync_result install_snapshot(const struct config_registry *registry,
                                         const struct folder *folder, int stop,
                                         struct mirror *mirror, const struct offer *offer)
{
    const struct manifest *manifest = &offer->manifest;
    char file[FILE_OCTETS];
    struct source source = {
        .payload = {file, manifest->snapshot_octets, manifest->snapshot_sha256},
    };

    snprintf(file, sizeof file, "%" PRIu32 "/snapshot.gz", manifest->serial);
    return install(registry, folder, stop, mirror, offer, &source);
}

enum sync_result install_offer(const struct config_registry *registry, const struct folder *folder,
                               int stop, const struct newest *newest, struct mirror *mirror,
                               const struct offer *offer, char note[MESSAGE_OCTETS])
{
    const struct manifest_delta *delta = find_delta(newest, &offer->manifest);
    enum sync_result result;

    note[0] = '\0';
    if (delta != NULL) {
        result = install_delta(registry, folder, stop, newest, mirror, offer, delta);
        if (result != SYNC_REFUSED)
            return result;
        message_set(note, "%s; takes the snapshot instead", mirror->error);
    }
    return install_snapshot(registry, folder, stop, mirror, offer);
}
