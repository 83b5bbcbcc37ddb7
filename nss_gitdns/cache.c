#include "nss_gitdns/cache.h"
#include "base/error.h"
#include "nss_gitdns/root.h"
#include "nss_gitdns/signals.h"
#include <errno.h>
#include <sys/mman.h>

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
    stores_free(slot->range);
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
    bool mapped = false;

    for (unsigned i = 0; i < STORES_RANGES; i++)
        mapped = mapped || atomic_load(&cache->slot[slot].range[i].start) != NULL;
    return mapped && atomic_load(&cache->current) != slot && atomic_load(pins(cache, slot)) == 0;
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

/* For want of addresses, or of memory that may be locked. */
static bool is_no_room(int r)
{
    return r == -ENOMEM || r == -EAGAIN;
}

/* For want of what the process may have again in the next second. */
static bool is_passing(int r)
{
    return r == -EMFILE || r == -ENFILE || r == -EINTR || is_no_room(r);
}

static bool is_no_store(int r)
{
    return r == E_STORE_DAMAGED || r == E_STORE_LARGE;
}

/* Whether the new ones would be without a store that is mapped now. */
static bool loses(const struct stores *new, const struct stores *old, unsigned place)
{
    bool any = false;

    if (new->policy_stamp == old->policy_stamp)
        return old->store[place].stamp != 0;
    for (unsigned i = 0; i < old->policy.count; i++)
        any = any || old->store[i].stamp != 0;
    return any;
}

/* Whoever publishes a registry makes it as large as they like: one for which there is no room is as
 * none, and keeps no other from the process. It is tried again. */
static void do_without(struct stores *new, const struct stores *old)
{
    for (unsigned i = 0; i < new->policy.count; i++)
        if (is_no_room(new->error[i]) && !loses(new, old, i)) {
            new->error[i] = -ENOENT;
            new->stamp[i] = 0;
        }
}

/* Whether new ones are better than those that are current: nothing is given up for a file that
 * cannot be read. */
static bool is_better(const struct stores *new, const struct stores *old)
{
    bool better = new->policy_stamp != old->policy_stamp;

    for (unsigned i = 0; i < new->policy.count; i++) {
        if (is_passing(new->error[i]))
            return false;
        better = better || (new->error[i] == 0 && new->stamp[i] != old->stamp[i]);
    }
    return better;
}

/* What is no store need not be opened again, unless that was for want of something. */
static bool is_final(const struct stores *stores)
{
    for (unsigned i = 0; i < stores->policy.count; i++)
        if (stores->error[i] != 0 && !is_no_store(stores->error[i]))
            return false;
    return true;
}

static void replace(struct cache *cache, const struct stores *old, uint64_t word)
{
    int i = claim_any(cache), r;
    struct cache_slot *slot;

    if (i == NONE)
        return;
    slot = &cache->slot[i];
    r = stores_open(&slot->stores, cache->directory, slot->range);
    if (r == 0)
        do_without(&slot->stores, old);
    if (r == 0 && is_better(&slot->stores, old))
        atomic_store(&cache->current, i);
    else if (r == 0 ? is_final(&slot->stores) : is_no_store(r))
        atomic_store(&cache->refused, word);
    release(cache, i);
}

/* If other files lie there now than those that are mapped, or that are known to be none. */
static void replace_changed(struct cache *cache, const struct stores *old)
{
    uint64_t word = stores_look(old, cache->directory, false);
    sigset_t before;

    if (word == 0 || word == atomic_load(&cache->refused) || root_has_changed())
        return;
    signals_block(&before);
    replace(cache, old, word);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Copied, since a handler may leave the system calls that follow by longjmp: a pin would be lost.
 */
static void copy_current(struct cache *cache, struct stores *copy)
{
    int slot;
    const struct stores *current = cache_pin(cache, &slot);

    *copy = current != NULL ? *current : stores_none;
    if (current != NULL)
        cache_unpin(cache, slot);
}

void cache_refresh(struct cache *cache)
{
    struct stores old;
    sigset_t before;

    copy_current(cache, &old);
    replace_changed(cache, &old);
    if (!any_old(cache))
        return;
    signals_block(&before);
    sweep(cache);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void cache_open(struct cache *cache, const char *directory)
{
    void *page =
        mmap(NULL, sizeof *cache->pins, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *cache = (struct cache){.directory = directory, .current = NONE};
    cache->pins = page != MAP_FAILED ? page : &cache->own_pins;
    if (page != MAP_FAILED)
        madvise(page, sizeof *cache->pins, MADV_WIPEONFORK);
    cache_refresh(cache);
}

const struct stores *cache_pin(struct cache *cache, int *slot)
{
    for (int i = 0; i < PIN_TRIES; i++) {
        *slot = atomic_load(&cache->current);
        if (*slot == NONE)
            return NULL;
        atomic_fetch_add(pins(cache, *slot), 1);
        if (atomic_load(&cache->current) == *slot)
            return &cache->slot[*slot].stores;
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
