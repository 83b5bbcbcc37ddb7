/* Whole small files, read with a bound and replaced durably. */
#ifndef GITDNS_BASE_FILE_H
#define GITDNS_BASE_FILE_H

#include "base/base.h"
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads what is left of `fd` into `out`. Returns its length, E_FILE_LONG if that is more than `max`
 * octets, -errno. */
int file_read_all(int fd, char *out, size_t max);

/* Reads the regular file `path`, relative to the folder `directory` or AT_FDCWD, into `out`.
 * Returns its length, E_FILE_LONG if it has more than `max` octets, -errno. */
int file_read(int directory, const char *path, char *out, size_t max);

/* The same of `name` in a folder that another user may own: not through a link, which could lead to
 * a device. */
int file_read_unlinked(int directory, const char *name, char *out, size_t max);

/* Writes all; returns 0 or -errno. */
int file_write_all(int fd, const void *data, size_t len);

/* Puts `len` octets in place of the file `name` in `directory`: `name`.new with O_EXCL (a leftover
 * of that name goes first), mode 0644, fsync, rename, fsync of the folder. Returns 0 or -errno; on
 * failure what was there stays. */
int file_replace(int directory, const char *name, const void *data, size_t len, mode_t mode);

/* The entries of the folder that `fd` is open on, which is closed with them, and at once on
 * failure: NULL with errno. A negative `fd` is a failed open(2), and gives NULL. */
DIR *file_entries(int fd);

/* The SHA-256 and size of the rest of `fd`. Returns 0 or -errno. */
int file_sha256(int fd, uint64_t *octets, unsigned char sha256[SHA256_OCTETS]);

#endif
