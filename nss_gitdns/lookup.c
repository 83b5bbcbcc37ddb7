#include "nss_gitdns/lookup.h"
#include "nss_gitdns/answer.h"
#include "registry/name.h"
#include <errno.h>
#include <string.h>
#include <time.h>

/* One clock for all: it is read in every look-up. That it can be set does no harm: a tick is any
 * other second than the last. */
static int64_t this_second(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now.tv_sec;
}

static void refresh(struct module *module)
{
    cache_refresh(&module->cache);
    place_refresh(&module->place);
}

void module_open(struct module *module, const char *store_path, const char *nsswitch_path)
{
    int saved = errno;

    *module = (struct module){.place.path = nsswitch_path, .tick = (uint32_t)this_second()};
    cache_open(&module->cache, store_path);
    place_refresh(&module->place);
    errno = saved;
}

/* The thread that moves the tick on looks at the files; the others go on with what there is. */
static void tick(struct module *module, uint32_t now)
{
    uint32_t last = atomic_load_explicit(&module->tick, memory_order_relaxed);

    if (now != last && atomic_compare_exchange_strong(&module->tick, &last, now))
        refresh(module);
}

/* Names are asked for as they stand in the store, nearly always: what is found needs no folding and
 * no check of its syntax. `folded` has room for a name. */
static bool find(const struct store *store, const char *text, char *folded, struct record *record)
{
    /* One octet more than a name with its trailing dot can have. */
    size_t len = strnlen(text, NAME_MAX_OCTETS + 2);
    int r = store_find(store, text, len, record);

    if (r != 0)
        return r == 1;
    r = name_normalise(text, len, folded);
    return r >= 0 && ((size_t)r != len || memcmp(text, folded, len) != 0) &&
           store_find(store, folded, (size_t)r, record) == 1;
}

static enum outcome answer(const struct store *store, const struct query *query)
{
    char folded[NAME_MAX_OCTETS + 1];
    struct record record;

    if (!find(store, query->name, folded, &record))
        return OUTCOME_PASS;
    if (query->tuples != NULL)
        return answer_tuples(&record, query->tuples, query->buffer, query->buflen);
    return answer_hostent(&record, query->af, query->result, query->buffer, query->buflen);
}

enum outcome lookup(struct module *module, const struct query *query, int standing)
{
    enum outcome outcome = OUTCOME_PASS;
    int64_t now = this_second();
    const struct store *store;
    int saved = errno, slot;

    tick(module, (uint32_t)now);
    if (place_may_answer(&module->place, standing, saved)) {
        store = cache_pin(&module->cache, &slot);
        if (store != NULL) {
            if (now <= store->deadline)
                outcome = answer(store, query);
            cache_unpin(&module->cache, slot);
        }
    }
    errno = saved;
    return outcome;
}
