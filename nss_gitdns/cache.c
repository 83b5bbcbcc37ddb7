#include "nss_gitdns/cache.h"
#include "base/error.h"
#include "base/stamp.h"
#include "nss_gitdns/root.h"
#include "nss_gitdns/signals.h"
#include <sys/mman.h>
#include <sys/stat.h>

#define CLAIMED UINT32_C(0x80000000)
#define NONE (-1)
/* A reader tries again only if a refresher came in between, once a second. */
#define PIN_TRIES 64

static _Atomic uint32_t *pins(struct cache *cache, int slot)
{
    return &cache->pins->slot[slot].count;
}

/* Only a slot that nobody pins or claims and that is not the current one. Nobody but its claimer
 * makes a slot the current one, so that what is checked after the claim stays true. */
static bool claim(struct cache *cache, int slot)
{
    uint32_t unpinned = 0;

    if (!atomic_compare_exchange_strong(pins(cache, slot), &unpinned, CLAIMED))
        return false;
    if (atomic_load(&cache->current) != slot)
        return true;
    atomic_fetch_and(pins(cache, slot), ~CLAIMED);
    return false;
}

static void release(struct cache *cache, int slot)
{
    atomic_fetch_and(pins(cache, slot), ~CLAIMED);
}

/* The slot is claimed. */
static void empty(struct cache_slot *slot)
{
    store_range_free(&slot->range);
}

static int claim_any(struct cache *cache)
{
    for (int i = 0; i < CACHE_SLOTS; i++)
        if (claim(cache, i)) {
            empty(&cache->slot[i]);
            return i;
        }
    return NONE;
}

/* A store that has been replaced, or, in a forked child, one that was being mapped: nobody reads
 * it. */
static bool is_old(struct cache *cache, int slot)
{
    return atomic_load(&cache->slot[slot].range.start) != NULL &&
           atomic_load(&cache->current) != slot && atomic_load(pins(cache, slot)) == 0;
}

static bool any_old(struct cache *cache)
{
    for (int i = 0; i < CACHE_SLOTS; i++)
        if (is_old(cache, i))
            return true;
    return false;
}

static void sweep(struct cache *cache)
{
    for (int i = 0; i < CACHE_SLOTS; i++)
        if (is_old(cache, i) && claim(cache, i)) {
            empty(&cache->slot[i]);
            release(cache, i);
        }
}

static void replace(struct cache *cache, uint64_t stamp)
{
    int i = claim_any(cache), r;
    struct cache_slot *slot;

    if (i == NONE)
        return;
    slot = &cache->slot[i];
    r = store_open_in(&slot->range, &slot->store, cache->path);
    if (r == 0) {
        atomic_store(&slot->stamp, slot->store.stamp);
        atomic_store(&cache->current, i);
    } else if (r == E_STORE_DAMAGED || r == E_STORE_LARGE) {
        atomic_store(&cache->refused, stamp);
    }
    release(cache, i);
}

/* The stamp of a file that is neither the current store nor known to be none; 0: there is none. */
static uint64_t look(struct cache *cache)
{
    int current = atomic_load(&cache->current);
    struct stat st;
    uint64_t stamp;

    if (stat(cache->path, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    stamp = file_stamp(&st);
    if (stamp == atomic_load(&cache->refused) ||
        (current != NONE && stamp == atomic_load(&cache->slot[current].stamp)))
        return 0;
    return stamp;
}

void cache_refresh(struct cache *cache)
{
    uint64_t stamp = look(cache);
    sigset_t before;

    if (stamp != 0 && root_has_changed())
        stamp = 0;
    if (stamp == 0 && !any_old(cache))
        return;
    signals_block(&before);
    if (stamp != 0)
        replace(cache, stamp);
    sweep(cache);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void cache_open(struct cache *cache, const char *path)
{
    void *page =
        mmap(NULL, sizeof *cache->pins, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *cache = (struct cache){.path = path, .current = NONE};
    cache->pins = page != MAP_FAILED ? page : &cache->own_pins;
    if (page != MAP_FAILED)
        madvise(page, sizeof *cache->pins, MADV_WIPEONFORK);
    cache_refresh(cache);
}

const struct store *cache_pin(struct cache *cache, int *slot)
{
    for (int i = 0; i < PIN_TRIES; i++) {
        *slot = atomic_load(&cache->current);
        if (*slot == NONE)
            return NULL;
        atomic_fetch_add(pins(cache, *slot), 1);
        if (atomic_load(&cache->current) == *slot)
            return &cache->slot[*slot].store;
        cache_unpin(cache, *slot);
    }
    return NULL;
}

void cache_unpin(struct cache *cache, int slot)
{
    _Atomic uint32_t *word = pins(cache, slot);
    uint32_t count = atomic_load_explicit(word, memory_order_relaxed);

    /* Nothing to take off in a child that a signal handler forked in the middle of a look-up. */
    while ((count & ~CLAIMED) > 0 &&
           !atomic_compare_exchange_weak_explicit(word, &count, count - 1, memory_order_release,
                                                  memory_order_relaxed))
        ;
}

void cache_close(struct cache *cache)
{
    for (int i = 0; i < CACHE_SLOTS; i++)
        empty(&cache->slot[i]);
    if (cache->pins != &cache->own_pins)
        munmap(cache->pins, sizeof *cache->pins);
}
