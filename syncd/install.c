#include "install.h"
#include "download.h"
#include "ingest.h"
#include "judge.h"
#include "registry/error.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Room for `SERIAL/snapshot.gz`. */
#define FILE_OCTETS 32

static bool is_errno(int code)
{
    return code < 0 && strerrorname_np(-code) != NULL;
}

/* Sets mirror->error for a code of registry/'s. Returns whose fault it is. */
static int explain(struct mirror *mirror, const struct folder *folder, const char *file,
                   uint64_t line, int status)
{
    char url[MIRROR_URL_OCTETS];

    mirror_file_url(mirror, file, url);
    if (status == E_STOPPED) {
        message_set(mirror->error, "%s: %s", url, error_text(status));
        return SYNC_STOPPED;
    }
    if (is_errno(status) || status == E_STORE_CHECK) {
        message_set(mirror->error, "%s/%s: %s", folder->path, STORE_NEW, error_text(status));
        return SYNC_FAILED;
    }
    if (line > 0)
        message_set(mirror->error, "%s:%" PRIu64 ": %s", url, line, error_text(status));
    else
        message_set(mirror->error, "%s: inflated: %s", url, error_text(status));
    return SYNC_REFUSED;
}

/* Returns 0 or a code of registry/'s with the *line of the text at fault, 0 if none is. */
static int build(const struct config *config, const struct folder *folder, int stop,
                 const struct offer *offer, int fd, uint64_t *line)
{
    struct store_writer *writer = NULL;
    struct store_meta meta = {
        .manifest = &offer->manifest,
        .manifest_text = offer->text,
        .manifest_len = offer->text_len,
        .signature = offer->signature,
        .signature_len = offer->signature_len,
        .deadline = judge_deadline(config, &offer->manifest),
    };

    *line = 0;
    int status = store_writer_open(&writer, folder->fd, &meta);
    if (status == 0)
        status = ingest_snapshot(fd, &offer->manifest, config->private, stop, writer, line);
    if (status == 0) {
        *line = 0;
        status = store_writer_install(writer);
    }
    store_writer_close(writer);
    return status;
}

int install_snapshot(const struct config *config, const struct folder *folder, int stop,
                     struct mirror *mirror, const struct offer *offer)
{
    const struct manifest *manifest = &offer->manifest;
    char file[FILE_OCTETS];
    struct payload payload = {file, manifest->snapshot_octets, manifest->snapshot_sha256};
    uint64_t line;
    int fd;

    snprintf(file, sizeof(file), "%" PRIu32 "/snapshot.gz", manifest->serial);
    download_clean(folder, &payload);
    int result = download(mirror, folder, &payload, &fd);
    if (result != SYNC_OK)
        return result;
    int status = build(config, folder, stop, offer, fd, &line);
    close(fd);
    if (status != 0)
        result = explain(mirror, folder, file, line, status);
    /* Right octets that were of no use are not wanted again, and a full disk needs the room. */
    if (result != SYNC_STOPPED)
        download_clean(folder, NULL);
    return result;
}
