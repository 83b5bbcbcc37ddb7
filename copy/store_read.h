/* A store: a CDB from names to records, read through a mapping.
 *
 * Any octets may come, and others while they are read, since another user may own the file: every
 * offset and length is taken once and checked against the mapping; what is found is copied, and the
 * copy alone is checked and used. A file that is cut while it is mapped is a SIGBUS.
 * In the module: system calls only in store_map, none of them a cancellation point, nothing
 * allocated, errno left as it was.
 */
#ifndef GITDNS_COPY_STORE_READ_H
#define GITDNS_COPY_STORE_READ_H

#include "registry/record.h"
#include <cdb.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Keys that no name can be. */
#define STORE_KEY_MANIFEST '\x00'
#define STORE_KEY_SIGNATURE '\x01'
#define STORE_KEY_DEADLINE '\x02'
/* Of this layout: a store that is laid out otherwise has another number, and is no store to who
 * knows this one alone, as gitdns-registry(5) says to other programs. */
#define STORE_DEADLINE_OCTETS 8

struct store {
    struct cdb cdb;
    uint64_t stamp;   /* file_stamp of the file that is mapped */
    int64_t deadline; /* Unix time after which the module must not answer */
};

/* Addresses that a store is mapped at. They are noted before it is, so that a child that is forked
 * in the middle finds them. All zero: none. */
struct store_range {
    _Atomic(void *) start;
    size_t octets;
};

/* Maps the regular file `fd`, which may be closed then. Returns 0, E_STORE_DAMAGED, E_STORE_LARGE
 * (on 32 bits alone: more than 2 GiB) or -errno. store_unmap gives the mapping back. */
int store_map(struct store *store, int fd);
void store_unmap(struct store *store);

/* Opens (store_open.h) and maps. Returns as store_map. */
int store_open(struct store *store, const char *path);

/* The same at addresses of its own, which the empty `range` notes. store_range_free, and not
 * store_unmap, gives the mapping back; after an error there is none. What a fork in the middle of
 * either leaves unnoted in the child is addresses, and nothing at them. */
int store_open_in(struct store_range *range, struct store *store, int directory, const char *path);
void store_range_free(struct store_range *range);

/* Looks a name up, octet by octet: any text may be asked for, only a name in normal form is found.
 * Returns 1 and the record, which points into *copy (and to `name`), 0 if there is none,
 * E_STORE_DAMAGED. Any number of threads at once. */
int store_find(const struct store *store, const char *name, size_t len, struct record_copy *copy,
               struct record *record);

/* A record like any other, chosen by `random`, 32 bits; its name has to be in normal form. Returns
 * 1 and the record, which points into *copy, 0 if none was found there, E_STORE_DAMAGED. */
int store_pick(const struct store *store, uint32_t random, struct record_copy *copy,
               struct record *record);

/* Copies the octets under one of the keys above. Returns how many they are, or E_STORE_DAMAGED:
 * more than `max`, or none. */
int store_meta(const struct store *store, char key, void *out, size_t max);

/* The same under any key of a small store. Returns 0 if there is none. */
int store_value(const struct store *store, const char *key, size_t key_len, void *out, size_t max);

/* Walks the records in the order of the registry text. Start with *position = 0. Returns 1 and
 * the next record, which points into *copy, 0 at the end, E_STORE_DAMAGED. Pages behind the walk
 * are given back, so that it costs little memory however large the store is. */
int store_next(const struct store *store, unsigned *position, struct record_copy *copy,
               struct record *record);

#endif
