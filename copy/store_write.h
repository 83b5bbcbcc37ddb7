/* A new store: made beside the old one of that name, checked, and put in its place by rename.
 *
 *   store_writer_open -> store_writer_add for each record, in text order
 *                     -> store_writer_install: finish, fsync, reopen and check, rename, fsync of
 *                        the folder
 *   store_writer_close at any point: what was not installed is removed, the old store stays
 *
 * A process that was killed leaves `FILE.new`, which the next store_writer_open of that name
 * removes: the caller holds the folder's lock.
 */
#ifndef GITDNS_COPY_STORE_WRITE_H
#define GITDNS_COPY_STORE_WRITE_H

#include "registry/manifest.h"
#include "registry/record.h"

struct store_writer;

/* What goes in beside the records, and what they are checked against. Must stay until install. */
struct store_meta {
    const struct manifest *manifest; /* parsed from manifest_text */
    const char *manifest_text;
    size_t manifest_len;
    const char *signature;
    size_t signature_len;
    int64_t deadline;
};

/* `directory`: an open folder, which stays the caller's; `file`: the store's name in it. Returns 0
 * and *writer, or -errno. */
int store_writer_open(struct store_writer **writer, int directory, const char *file,
                      const struct store_meta *meta);

/* Returns 0, -errno, E_NAMES_WRONG: the manifest says fewer, or E_STORE_FULL: one more name would
 * pass the 4 GiB that a CDB can address (registry/store_size.h). */
int store_writer_add(struct store_writer *writer, const struct record *record);

/* How many names have been added. */
uint64_t store_writer_names(const struct store_writer *writer);

/* Returns 0 once the new store is in place for good; else -errno, or E_NAMES_WRONG,
 * E_SIZE_WRONG, E_HASH_WRONG if the records are not those of the manifest, E_STORE_CROWDED,
 * E_STORE_CHECK if what was written does not read back. */
int store_writer_install(struct store_writer *writer);

/* Frees; NULL is fine. */
void store_writer_close(struct store_writer *writer);

#endif
