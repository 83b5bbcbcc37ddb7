#include "nss_gitdns/lookup.h"
#include "nss_gitdns/answer.h"
#include "registry/name.h"
#include <errno.h>
#include <string.h>
#include <time.h>

static uint32_t this_second(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint32_t)now.tv_sec + 1; /* never 0, which is a module that has looked at nothing */
}

static bool is_fresh(const struct store *store)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now.tv_sec <= store->deadline;
}

static void refresh(struct module *module)
{
    cache_refresh(&module->cache);
    place_refresh(&module->place);
}

void module_open(struct module *module, const char *store_path, const char *nsswitch_path)
{
    int saved = errno;

    *module = (struct module){.place.path = nsswitch_path, .tick = this_second()};
    cache_open(&module->cache, store_path);
    place_refresh(&module->place);
    errno = saved;
}

/* The thread that moves the tick on looks at the files; the others go on with what there is. */
static void tick(struct module *module)
{
    uint32_t now = this_second();
    uint32_t last = atomic_load_explicit(&module->tick, memory_order_relaxed);

    if (now != last && atomic_compare_exchange_strong(&module->tick, &last, now))
        refresh(module);
}

static enum outcome find(const struct store *store, const struct query *query)
{
    char name[NAME_MAX_OCTETS + 1];
    struct record record;
    int len;

    /* One octet more than a name with its trailing dot can have. */
    len = name_normalise(query->name, strnlen(query->name, NAME_MAX_OCTETS + 2), name);
    if (len < 0 || !is_fresh(store) || store_find(store, name, (size_t)len, &record) != 1)
        return OUTCOME_PASS;
    if (query->tuples != NULL)
        return answer_tuples(&record, query->tuples, query->buffer, query->buflen);
    return answer_hostent(&record, query->af, query->result, query->buffer, query->buflen);
}

enum outcome lookup(struct module *module, const struct query *query, int standing)
{
    enum outcome outcome = OUTCOME_PASS;
    const struct store *store;
    int saved = errno, slot;

    tick(module);
    if (place_may_answer(&module->place, standing)) {
        store = cache_pin(&module->cache, &slot);
        if (store != NULL) {
            outcome = find(store, query);
            cache_unpin(&module->cache, slot);
        }
    }
    errno = saved;
    return outcome;
}
