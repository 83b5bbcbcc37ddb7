/* The stores that answer, mapped once for all threads of a process and replaced when a file is.
 *
 * Four slots hold mappings, each of all stores, `current` names the one to use. A reader pins a
 * slot (adds one to its word), makes sure that it is still the current one, looks up, unpins. A
 * refresher claims a free slot (sets CLAIMED in a word that is 0), maps all files anew, makes the
 * slot the current one, and unmaps every other slot that it can claim. Nobody waits for anybody: a
 * slot that stays pinned (a thread that left a look-up by longjmp) is lost, no more.
 *
 * The words lie on a page that the kernel zeroes in a forked child, where the threads that pinned
 * or claimed do not exist. A slot's addresses are noted before anything is mapped there and until
 * nothing is, so that the child can unmap what was in the making.
 */
#ifndef GITDNS_NSS_GITDNS_CACHE_H
#define GITDNS_NSS_GITDNS_CACHE_H

#include "copy/stores.h"
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
    struct stores stores;
    struct store_range range[STORES_RANGES];
};

struct cache {
    const char *directory;
    _Atomic int current;      /* slot, or -1: none yet */
    _Atomic uint64_t refused; /* stores_look of files that are of no use; 0: none */
    struct cache_pins *pins;
    struct cache_pins own_pins; /* where no page could be had */
    struct cache_slot slot[CACHE_SLOTS];
};

/* Once, before any other thread knows of the cache. `directory`, the folder of the copy, must stay.
 * Maps what it can. */
void cache_open(struct cache *cache, const char *directory);

/* A stat call for the policy and for each store; if other files lie there now, maps those. What
 * cannot be read (chroot, no descriptor left), and what is damaged if nothing else has changed,
 * leaves the mappings that are there. Replaced ones that somebody read then are unmapped the next
 * time. Any number of threads at once. */
void cache_refresh(struct cache *cache);

/* The current stores, which stay mapped until cache_unpin(*slot), or NULL. */
const struct stores *cache_pin(struct cache *cache, int *slot);
void cache_unpin(struct cache *cache, int slot);

/* Unmaps all; for tests, once no thread uses the cache. */
void cache_close(struct cache *cache);

#endif
