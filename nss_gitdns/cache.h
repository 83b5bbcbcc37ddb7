/* The store, mapped once for all threads of a process and replaced when the file is.
 *
 * Four slots hold mappings, `current` names the one to use. A reader pins a slot (adds one to its
 * word), makes sure that it is still the current one, looks up, unpins. A refresher claims a free
 * slot (sets CLAIMED in a word that is 0), maps the new file, makes the slot the current one, and
 * unmaps every other slot that it can claim. Nobody waits for anybody: a slot that stays pinned (a
 * thread that left a look-up by longjmp) is lost, no more.
 *
 * The words lie on a page that the kernel zeroes in a forked child, where the threads that pinned
 * or claimed do not exist. A slot's addresses are noted before anything is mapped there and until
 * nothing is, so that the child can unmap what was in the making.
 */
#ifndef GITDNS_NSS_GITDNS_CACHE_H
#define GITDNS_NSS_GITDNS_CACHE_H

#include "copy/store_read.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CACHE_SLOTS 4

struct cache_pins {
    struct {
        /* Readers, or CLAIMED plus readers that are about to leave; one cache line each. */
        _Atomic uint32_t count;
        char apart[60];
    } slot[CACHE_SLOTS];
};

struct cache_slot {
    struct store store;
    _Atomic uint64_t stamp; /* of the file in it */
    struct store_range range;
};

struct cache {
    const char *path;
    _Atomic int current;      /* slot, or -1: none yet */
    _Atomic uint64_t refused; /* stamp of a file that is no store; 0: none */
    struct cache_pins *pins;
    struct cache_pins own_pins; /* where no page could be had */
    struct cache_slot slot[CACHE_SLOTS];
};

/* Once, before any other thread knows of the cache. `path` must stay. Maps the store if it can. */
void cache_open(struct cache *cache, const char *path);

/* One stat call; if another file lies there now, maps that. A file that cannot be read (chroot, no
 * descriptor left, damaged) leaves the mapping that is there. A replaced one that somebody read
 * then is unmapped the next time. Any number of threads at once. */
void cache_refresh(struct cache *cache);

/* The current store, which stays mapped until cache_unpin(*slot), or NULL. */
const struct store *cache_pin(struct cache *cache, int *slot);
void cache_unpin(struct cache *cache, int slot);

/* Unmaps all; for tests, once no thread uses the cache. */
void cache_close(struct cache *cache);

#endif
