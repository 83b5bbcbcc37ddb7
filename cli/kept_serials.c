#include "cli/kept_serials.h"
#include "base/error.h"
#include "cli/open_store.h"
#include "copy/copy.h"
#include "copy/pin.h"
#include "copy/store_verify.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Where the store of a serial lies. The one that answers is registry.cdb, whatever else has its
 * number. */
static void find_file(const struct kept_serials *kept, uint32_t serial,
                      char file[SERIAL_PATH_OCTETS])
{
    if (serial != kept->current)
        serial_path(serial, file);
    else
        strcpy(file, STORE_FILE);
}

/* Whether the serial's store is of the registry of that name; one that does not open is not. */
static bool is_of(const struct kept_serials *kept, uint32_t serial, const char *name)
{
    char file[SERIAL_PATH_OCTETS];
    struct manifest manifest;
    struct store store;

    find_file(kept, serial, file);
    if (store_open_at(kept->directory, file, &store, &manifest) != 0)
        return false;
    store_unmap(&store);
    return manifest.serial == serial && strcmp(manifest.name, name) == 0;
}

/* Reads which one answers and lists those of its registry. Returns 0 or what is wrong with it. */
static int read_kept(struct kept_serials *kept)
{
    struct serials *serials = &kept->serials;
    struct serials found;
    struct manifest manifest;
    struct store store;
    bool listed = false;
    int r = store_open_at(kept->directory, STORE_FILE, &store, &manifest);

    if (r < 0)
        return r;
    store_unmap(&store);
    kept->current = manifest.serial;
    r = serials_list(kept->directory, SERIAL_MAX, SERIALS_LIST_MAX - 1, &found);
    for (unsigned i = 0; i <= found.count; i++) {
        uint32_t serial = i < found.count ? found.serial[i] : 0;

        listed = listed || serial == manifest.serial;
        if (!listed && serial < manifest.serial) {
            serials->serial[serials->count++] = manifest.serial;
            listed = true;
        }
        if (serial > 0 && is_of(kept, serial, manifest.name))
            serials->serial[serials->count++] = serial;
    }
    return r;
}

bool kept_serials_open(const struct registry_copy *copy, struct kept_serials *kept)
{
    int r;

    *kept = (struct kept_serials){.path = copy->directory};
    kept->directory = copies_open_folder(copy);
    if (kept->directory < 0) {
        fprintf(stderr, "gitdns: %s: %s\n", copy->directory, error_text(kept->directory));
        return false;
    }
    r = read_kept(kept);
    if (r < 0) {
        fprintf(stderr, "gitdns: %s: %s\n", copy->store_path, error_text(r));
        kept_serials_close(kept);
        return false;
    }
    pin_read(kept->directory, &kept->pinned);
    return true;
}

void kept_serials_close(struct kept_serials *kept)
{
    close(kept->directory);
}

uint32_t kept_serials_parse(const char *argument)
{
    uint32_t serial = serial_parse(argument, strlen(argument));

    if (serial == 0)
        fprintf(stderr, "gitdns: %s: not a serial\n", argument);
    return serial;
}

bool kept_serials_has(const struct kept_serials *kept, uint32_t serial)
{
    for (unsigned i = 0; i < kept->serials.count; i++)
        if (kept->serials.serial[i] == serial)
            return true;
    fprintf(stderr, "gitdns: serial %" PRIu32 " is not kept; see gitdns log\n", serial);
    return false;
}

uint32_t kept_serials_before(const struct kept_serials *kept, uint32_t serial)
{
    for (unsigned i = 0; i < kept->serials.count; i++)
        if (kept->serials.serial[i] < serial)
            return kept->serials.serial[i];
    return 0;
}

bool kept_serials_store(const struct kept_serials *kept, uint32_t serial, struct store *store,
                        struct manifest *manifest)
{
    char file[SERIAL_PATH_OCTETS];
    int r;

    find_file(kept, serial, file);
    r = store_open_at(kept->directory, file, store, manifest);
    if (r < 0)
        fprintf(stderr, "gitdns: %s/%s: %s\n", kept->path, file, error_text(r));
    return r == 0;
}
