#include "hand.h"
#include "registry/error.h"
#include "registry/store_verify.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Fills all but `binding`. */
static int read_store(struct hand *hand, const struct store *store)
{
    const unsigned char *text;

    int status = store_manifest(store, &hand->manifest);
    if (status != 0)
        return status;
    if (store_meta(store, STORE_KEY_MANIFEST, &text, &hand->text_len) != 1)
        return E_STORE_DAMAGED;
    memcpy(hand->text, text, hand->text_len);
    hand->deadline = store->deadline;
    hand->present = true;
    return 0;
}

/* Reads the file that hand->file names. Returns -ENOENT, or 0 with `note` as hand_read's. */
static int read_file(struct hand *hand, const struct folder *folder, const char *registry_name,
                     const struct keys *keys, char note[MESSAGE_OCTETS])
{
    struct store store;

    note[0] = '\0';
    hand->present = false;
    hand->binding = false;
    hand->text_len = 0;
    hand->fd = openat(folder->fd, hand->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int status = hand->fd >= 0 ? store_map(&store, hand->fd) : -errno;
    if (status == -ENOENT)
        return status;
    if (status == 0) {
        status = read_store(hand, &store);
        if (status == 0 && strcmp(hand->manifest.name, registry_name) == 0) {
            status = store_verify_signature(&store, &hand->manifest, keys);
            hand->binding = status == 0;
        }
        store_unmap(&store);
    }
    if (hand->binding)
        return 0;
    if (!hand->present)
        message_set(note, "%s/%s: %s; goes on as without it", folder->path, hand->file,
                    error_text(status));
    else if (status != 0)
        message_set(note, "%s/%s: %s; its serial does not count", folder->path, hand->file,
                    error_text(status));
    else
        message_set(note, "%s/%s: is of registry %s; its serial does not count", folder->path,
                    hand->file, hand->manifest.name);
    return 0;
}

void hand_read_serial(struct hand *hand, const struct folder *folder, uint32_t serial,
                      const char *registry_name, const struct keys *keys, char note[MESSAGE_OCTETS])
{
    serial_path(serial, hand->file);
    if (read_file(hand, folder, registry_name, keys, note) != 0)
        message_set(note, "%s/%s: %s", folder->path, hand->file, error_text(-ENOENT));
    else if (hand->binding && hand->manifest.serial != serial) {
        hand->binding = false;
        message_set(note, "%s/%s: holds serial %" PRIu32 "; it does not count", folder->path,
                    hand->file, hand->manifest.serial);
    }
}

void hand_read(struct hand *hand, const struct folder *folder, const char *registry_name,
               const struct keys *keys, char note[MESSAGE_OCTETS])
{
    struct serials kept;
    struct hand newer;
    char why[MESSAGE_OCTETS];

    strcpy(hand->file, STORE_FILE);
    read_file(hand, folder, registry_name, keys, note);
    serials_list(folder->fd, SERIAL_MAX, SERIALS_LIST_MAX, &kept);
    for (unsigned i = 0; i < kept.count; i++) {
        if (hand->binding && kept.serial[i] <= hand->manifest.serial)
            return;
        hand_read_serial(&newer, folder, kept.serial[i], registry_name, keys, why);
        if (newer.binding) {
            hand_close(hand);
            *hand = newer;
            return;
        }
        hand_close(&newer);
        if (note[0] == '\0')
            strcpy(note, why);
    }
}

void hand_close(struct hand *hand)
{
    if (hand->fd >= 0)
        close(hand->fd);
    hand->fd = -1;
}

int hand_map(const struct hand *hand, struct store *store)
{
    return hand->fd >= 0 ? store_map(store, hand->fd) : -ENOENT;
}

bool hand_is_whole(const struct hand *hand)
{
    struct store store;

    if (hand_map(hand, &store) != 0)
        return false;
    bool whole = store_verify_text(&store, &hand->manifest) == 0;
    store_unmap(&store);
    return whole;
}
