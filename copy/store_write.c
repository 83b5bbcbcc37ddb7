#include "copy/store_write.h"
#include "base/error.h"
#include "copy/store_read.h"
#include "copy/store_verify.h"
#include "registry/crowding.h"
#include "registry/registry.h"
#include "registry/store_size.h"
#include <cdb.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW ".new"

struct store_writer {
    int directory;
    char file[NAME_MAX]; /* and what it is called until it is checked */
    char fresh[NAME_MAX];
    int fd;
    bool making;
    bool linked; /* the temporary file has a name */
    const struct store_meta *meta;
    uint64_t names;
    uint64_t octets;
    struct crowding crowding;
    struct cdb_make make;
};

static int add(struct store_writer *w, const void *key, size_t key_len, const void *value,
               size_t len)
{
    int r = store_size_add(&w->octets, key_len, len);

    if (r < 0)
        return r;
    if (cdb_make_add(&w->make, key, (unsigned)key_len, value, (unsigned)len) < 0)
        return -errno;
    return crowding_add(&w->crowding, cdb_hash(key, (unsigned)key_len));
}

static int add_meta(struct store_writer *w)
{
    static const char manifest = STORE_KEY_MANIFEST, signature = STORE_KEY_SIGNATURE,
                      deadline = STORE_KEY_DEADLINE;
    unsigned char octets[STORE_DEADLINE_OCTETS];
    uint64_t left = (uint64_t)w->meta->deadline;
    int r;

    for (size_t i = sizeof octets; i-- > 0; left >>= 8)
        octets[i] = (unsigned char)left;
    r = add(w, &manifest, 1, w->meta->manifest_text, w->meta->manifest_len);
    if (r == 0)
        r = add(w, &signature, 1, w->meta->signature, w->meta->signature_len);
    if (r == 0)
        r = add(w, &deadline, 1, octets, sizeof octets);
    return r;
}

int store_writer_open(struct store_writer **writer, int directory, const char *file,
                      const struct store_meta *meta)
{
    struct store_writer *w = calloc(1, sizeof *w);
    int r;

    if (w == NULL)
        return -ENOMEM;
    w->directory = directory;
    w->meta = meta;
    w->octets = STORE_SIZE_EMPTY;
    w->fd = -1;
    if (strlen(file) + sizeof NEW > sizeof w->fresh) {
        r = -ENAMETOOLONG;
        goto fail;
    }
    strcpy(w->file, file);
    strcpy(w->fresh, file);
    strcat(w->fresh, NEW);
    if (unlinkat(directory, w->fresh, 0) < 0 && errno != ENOENT) {
        r = -errno;
        goto fail;
    }
    w->fd = openat(directory, w->fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (w->fd < 0) {
        r = -errno;
        goto fail;
    }
    w->linked = true;
    cdb_make_start(&w->make, w->fd);
    w->making = true;
    r = add_meta(w);
    if (r < 0)
        goto fail;
    *writer = w;
    return 0;
fail:
    store_writer_close(w);
    return r;
}

int store_writer_add(struct store_writer *w, const struct record *record)
{
    unsigned char value[RECORD_VALUE_MAX];
    int r;

    /* They are what memory was reckoned by before anything was fetched. */
    if (w->names == w->meta->manifest->names)
        return E_NAMES_WRONG;
    r = add(w, record->name, record->name_len, value, record_encode(record, value));

    if (r == 0)
        w->names++;
    return r;
}

uint64_t store_writer_names(const struct store_writer *w)
{
    return w->names;
}

/* Reads the file back through the code that the module uses. What differs from the manifest was
 * not the manifest's text; what does not read at all is our fault or the disk's. */
static int check(const struct store_writer *w)
{
    struct store store;
    int r = store_map(&store, w->fd);

    if (r < 0)
        return r == E_STORE_DAMAGED ? E_STORE_CHECK : r;
    r = store_verify_text(&store, w->meta->manifest);
    if (r == E_STORE_DAMAGED || store.deadline != w->meta->deadline)
        r = E_STORE_CHECK;
    store_unmap(&store);
    return r;
}

int store_writer_install(struct store_writer *w)
{
    int r = crowding_check(&w->crowding);

    /* Nothing below ends early, and all of it looks up every name. */
    crowding_free(&w->crowding);
    if (r < 0)
        return r;
    w->making = false;
    if (cdb_make_finish(&w->make) < 0)
        return -errno;
    if (fchmod(w->fd, 0644) < 0 || fsync(w->fd) < 0)
        return -errno;
    r = check(w);
    if (r < 0)
        return r;
    if (renameat(w->directory, w->fresh, w->directory, w->file) < 0)
        return -errno;
    w->linked = false;
    return fsync(w->directory) < 0 ? -errno : 0;
}

void store_writer_close(struct store_writer *w)
{
    if (w == NULL)
        return;
    if (w->making) {
        /* tinycdb frees in finish alone, which builds no tables for so many records. */
        w->make.cdb_fd = -1;
        w->make.cdb_rcnt = UINT_MAX;
        cdb_make_finish(&w->make);
    }
    crowding_free(&w->crowding);
    if (w->linked)
        unlinkat(w->directory, w->fresh, 0);
    if (w->fd >= 0)
        close(w->fd);
    free(w);
}
