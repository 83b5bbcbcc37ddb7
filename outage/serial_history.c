#include "outage/serial_history.h"
#include "base/number.h"
#include "copy/serials.h"
#include "copy/store_verify.h"
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of the registry in that place. Returns the descriptor or -1. */
static int open_folder(const struct policy *policy, const char *directory, unsigned place)
{
    char file[POLICY_STORE_OCTETS], path[PATH_MAX];

    policy_store_file(policy, place, file);
    snprintf(path, sizeof path, "%s/%.*s", directory, (int)(strlen(file) - strlen(STORE_FILE)),
             file);
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* Returns when the serial was created, or -1: it is no store, or lacks the name. */
static int64_t created_with(int folder, uint32_t serial, const char *name)
{
    char path[SERIAL_PATH_OCTETS], text[MANIFEST_MAX_OCTETS];
    struct manifest manifest;
    struct record_copy copy;
    struct record record;
    struct store store;
    int64_t created = -1;
    size_t len;

    serial_path(serial, path);
    if (store_open_in(NULL, &store, folder, path) != 0)
        return -1;
    if (store_find(&store, name, strlen(name), &copy, &record) == 1 &&
        store_manifest(&store, text, &len, &manifest) == 0)
        created = manifest.created;
    store_unmap(&store);
    return created;
}

bool serial_history_has(const struct policy *policy, const char *directory, unsigned place,
                        const char *name)
{
    int folder = open_folder(policy, directory, place);
    struct serials serials = {0};
    int64_t newest = -1;
    bool have = false;
    uint32_t current;

    if (folder < 0)
        return false;
    current = serials_current(folder);
    if (current != 0 && serials_list(folder, current, SERIALS_LIST_MAX, &serials) != 0)
        serials.count = 0;
    for (unsigned i = 0; i < serials.count && !have; i++) {
        int64_t created = created_with(folder, serials.serial[i], name);

        if (created < 0)
            break;
        if (i == 0)
            newest = created;
        have = i + 1 >= SERIAL_HISTORY_LEAST && newest - created >= SERIAL_HISTORY_DAYS * DAY;
    }
    close(folder);
    return have;
}
