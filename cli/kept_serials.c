#include "cli/kept_serials.h"
#include "base/error.h"
#include "copy/copy.h"
#include "copy/store_verify.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int open_file(int directory, const char *file, struct store *store,
                     struct manifest *manifest)
{
    int fd = openat(directory, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), r;

    if (fd < 0)
        return -errno;
    r = store_map(store, fd);
    close(fd);
    if (r < 0)
        return r;
    r = store_manifest(store, manifest);
    if (r < 0)
        store_unmap(store);
    return r;
}

/* Where the store of a serial lies. The one that answers is registry.cdb, whatever else has its
 * number. */
static void find_file(const struct history *history, uint32_t serial, char file[SERIAL_PATH_OCTETS])
{
    if (serial != history->current)
        serial_path(serial, file);
    else
        strcpy(file, STORE_FILE);
}

/* Whether the serial's store is of the registry of that name; one that does not open is not. */
static bool is_of(const struct history *history, uint32_t serial, const char *name)
{
    char file[SERIAL_PATH_OCTETS];
    struct manifest manifest;
    struct store store;

    find_file(history, serial, file);
    if (open_file(history->directory, file, &store, &manifest) != 0)
        return false;
    store_unmap(&store);
    return manifest.serial == serial && strcmp(manifest.name, name) == 0;
}

/* Reads which one answers and lists those of its registry. Returns 0 or what is wrong with it. */
static int read_kept(struct history *history)
{
    struct serials *kept = &history->kept;
    struct serials found;
    struct manifest manifest;
    struct store store;
    bool listed = false;
    int r = open_file(history->directory, STORE_FILE, &store, &manifest);

    if (r < 0)
        return r;
    store_unmap(&store);
    history->current = manifest.serial;
    r = serials_list(history->directory, SERIAL_MAX, SERIALS_LIST_MAX - 1, &found);
    for (unsigned i = 0; i <= found.count; i++) {
        uint32_t serial = i < found.count ? found.serial[i] : 0;

        listed = listed || serial == manifest.serial;
        if (!listed && serial < manifest.serial) {
            kept->serial[kept->count++] = manifest.serial;
            listed = true;
        }
        if (serial > 0 && is_of(history, serial, manifest.name))
            kept->serial[kept->count++] = serial;
    }
    return r;
}

bool history_open(const struct cli *cli, struct history *history)
{
    int r;

    *history = (struct history){.path = cli->directory};
    history->directory = open(cli->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (history->directory < 0) {
        fprintf(stderr, "gitdns: %s: %s\n", cli->directory, strerror(errno));
        return false;
    }
    r = read_kept(history);
    if (r < 0) {
        fprintf(stderr, "gitdns: %s: %s\n", cli->store_path, error_text(r));
        history_close(history);
        return false;
    }
    serials_pinned(history->directory, &history->pinned);
    return true;
}

void history_close(struct history *history)
{
    close(history->directory);
}

uint32_t history_parse(const char *argument)
{
    uint32_t serial = serial_parse(argument, strlen(argument));

    if (serial == 0)
        fprintf(stderr, "gitdns: %s: not a serial\n", argument);
    return serial;
}

bool history_has(const struct history *history, uint32_t serial)
{
    for (unsigned i = 0; i < history->kept.count; i++)
        if (history->kept.serial[i] == serial)
            return true;
    fprintf(stderr, "gitdns: serial %" PRIu32 " is not kept; see gitdns log\n", serial);
    return false;
}

uint32_t history_before(const struct history *history, uint32_t serial)
{
    for (unsigned i = 0; i < history->kept.count; i++)
        if (history->kept.serial[i] < serial)
            return history->kept.serial[i];
    return 0;
}

bool history_store(const struct history *history, uint32_t serial, struct store *store,
                   struct manifest *manifest)
{
    char file[SERIAL_PATH_OCTETS];
    int r;

    find_file(history, serial, file);
    r = open_file(history->directory, file, store, manifest);
    if (r < 0)
        fprintf(stderr, "gitdns: %s/%s: %s\n", history->path, file, error_text(r));
    return r == 0;
}
