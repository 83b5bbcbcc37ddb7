#include "hand.h"
#include "registry/error.h"
#include "registry/store_verify.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int hand_open_store(struct store *store, const struct folder *folder)
{
    int fd = openat(folder->fd, STORE_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    int status = store_map(store, fd);
    close(fd);
    return status;
}

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

void hand_read(struct hand *hand, const struct folder *folder, const char *registry_name,
               const struct keys *keys, char note[MESSAGE_OCTETS])
{
    struct store store;

    hand->present = false;
    hand->binding = false;
    hand->text_len = 0;
    note[0] = '\0';
    int status = hand_open_store(&store, folder);
    if (status == -ENOENT)
        return;
    if (status == 0) {
        status = read_store(hand, &store);
        if (status == 0 && strcmp(hand->manifest.name, registry_name) == 0) {
            status = store_verify_signature(&store, &hand->manifest, keys);
            hand->binding = status == 0;
        }
        store_unmap(&store);
    }
    if (hand->binding)
        return;
    if (!hand->present)
        message_set(note, "%s/%s: %s; goes on as without it", folder->path, STORE_FILE,
                    error_text(status));
    else if (status != 0)
        message_set(note, "%s/%s: %s; its serial does not count", folder->path, STORE_FILE,
                    error_text(status));
    else
        message_set(note, "%s/%s: is of registry %s; its serial does not count", folder->path,
                    STORE_FILE, hand->manifest.name);
}

bool hand_is_whole(const struct hand *hand, const struct folder *folder)
{
    struct store store;

    if (hand_open_store(&store, folder) != 0)
        return false;
    bool whole = store_verify_text(&store, &hand->manifest) == 0;
    store_unmap(&store);
    return whole;
}
