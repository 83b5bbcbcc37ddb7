#include "copy/newest.h"
#include "base/error.h"
#include "copy/copy.h"
#include "copy/store_open.h"
#include "copy/store_verify.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Fills all but `binding`. */
static int read_store(struct newest *newest, const struct store *store)
{
    int r = store_manifest(store, newest->text, &newest->text_len, &newest->manifest);

    if (r != 0)
        return r;
    newest->deadline = store->deadline;
    newest->present = true;
    return 0;
}

/* Reads the file that hand->file names. Returns -ENOENT, or 0 with `note` as newest_read's. */
static int read_file(struct newest *newest, const struct folder *folder, const char *registry_name,
                     const struct keys *keys, char note[MESSAGE_OCTETS])
{
    struct store store;
    int r;

    note[0] = '\0';
    newest->present = false;
    newest->binding = false;
    newest->text_len = 0;
    newest->fd = store_open_file(folder->fd, newest->file);
    r = newest->fd >= 0 ? store_map(&store, newest->fd) : newest->fd;
    if (r == -ENOENT)
        return r;
    if (r == 0) {
        r = read_store(newest, &store);
        if (r == 0 && strcmp(newest->manifest.name, registry_name) == 0) {
            r = store_verify_signature(&store, newest->text, newest->text_len, &newest->manifest,
                                       keys);
            newest->binding = r == 0;
        }
        store_unmap(&store);
    }
    if (newest->binding)
        return 0;
    if (!newest->present)
        message_set(note, "%s/%s: %s; goes on as without it", folder->path, newest->file,
                    error_text(r));
    else if (r != 0)
        message_set(note, "%s/%s: %s; its serial does not count", folder->path, newest->file,
                    error_text(r));
    else
        message_set(note, "%s/%s: is of registry %s; its serial does not count", folder->path,
                    newest->file, newest->manifest.name);
    return 0;
}

void newest_read_kept(struct newest *newest, const struct folder *folder, uint32_t serial,
                      const char *registry_name, const struct keys *keys, char note[MESSAGE_OCTETS])
{
    serial_path(serial, newest->file);
    if (read_file(newest, folder, registry_name, keys, note) != 0)
        message_set(note, "%s/%s: %s", folder->path, newest->file, error_text(-ENOENT));
    else if (newest->binding && newest->manifest.serial != serial) {
        newest->binding = false;
        message_set(note, "%s/%s: holds serial %" PRIu32 "; it does not count", folder->path,
                    newest->file, newest->manifest.serial);
    }
}

void newest_read(struct newest *newest, const struct folder *folder, const char *registry_name,
                 const struct keys *keys, char note[MESSAGE_OCTETS])
{
    struct serials kept;
    struct newest newer;
    char why[MESSAGE_OCTETS];

    strcpy(newest->file, STORE_FILE);
    read_file(newest, folder, registry_name, keys, note);
    serials_list(folder->fd, SERIAL_MAX, SERIALS_LIST_MAX, &kept);
    for (unsigned i = 0; i < kept.count; i++) {
        if (newest->binding && kept.serial[i] <= newest->manifest.serial)
            return;
        newest_read_kept(&newer, folder, kept.serial[i], registry_name, keys, why);
        if (newer.binding) {
            newest_close(newest);
            *newest = newer;
            return;
        }
        newest_close(&newer);
        if (note[0] == '\0')
            strcpy(note, why);
    }
}

void newest_close(struct newest *newest)
{
    if (newest->fd >= 0)
        close(newest->fd);
    newest->fd = -1;
}

int newest_map(const struct newest *newest, struct store *store)
{
    return newest->fd >= 0 ? store_map(store, newest->fd) : -ENOENT;
}

int newest_check_whole(const struct newest *newest)
{
    struct store store;
    int r = newest_map(newest, &store);

    if (r != 0)
        return r;
    r = store_verify_text(&store, &newest->manifest);
    store_unmap(&store);
    return r == 0 || error_is_errno(r) ? r : E_STORE_DAMAGED;
}

int newest_check_public(const struct newest *newest)
{
    struct store store;
    int r = newest_map(newest, &store);

    if (r != 0)
        return r;
    r = store_check_public(&store);
    store_unmap(&store);
    return r;
}
