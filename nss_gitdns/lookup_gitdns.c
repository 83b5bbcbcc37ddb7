#include "nss_gitdns/lookup_gitdns.h"
#include "nss_gitdns/report.h"
#include "nss_gitdns/root.h"
#include "nss_gitdns/short_name.h"
#include "nss_gitdns/tick.h"
#include "registry/name.h"
#include "registry/registry.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Looked at once a second, so that a name that DNS denies costs nothing more where none is doubted.
 */
static void look_for_doubts(struct module *module)
{
    int slot;
    const struct stores *stores = cache_pin(&module->cache, &slot);

    if (stores == NULL)
        return;
    atomic_store(&module->doubts, (stores->policy.has & POLICY_HAS_DOUBTS) != 0);
    cache_unpin(&module->cache, slot);
}

static void refresh(struct module *module)
{
    cache_refresh(&module->cache);
    look_for_doubts(module);
    position_refresh(&module->position);
}

void lookup_gitdns_open(struct module *module, const char *directory, const char *nsswitch_path,
                        const char *resolv_conf_path)
{
    int saved = errno;

    root_remember();
    *module = (struct module){.resolv_conf_path = resolv_conf_path,
                              .position.path = nsswitch_path,
                              .tick = (uint32_t)tick_clock()};
    cache_open(&module->cache, directory);
    look_for_doubts(module);
    position_refresh(&module->position);
    errno = saved;
}

/* The first that the copy holds of what DNS would have been asked for; that, or what DNS was asked
 * for first, is in `asked`. Where DNS fails for one domain glibc goes on to the next as well. */
static enum outcome answer_short(struct module *module, struct query query, int64_t now,
                                 char asked[SHORT_NAME_OCTETS])
{
    const char *typed = query.name;
    char name[SHORT_NAME_OCTETS];
    struct search_list list;
    bool first = true;

    short_name_searches(module->resolv_conf_path, &list);
    query.name = name;
    for (size_t at = 0; search_list_next(&list, &at, typed, name, sizeof name); first = false) {
        enum outcome outcome = query_answer(&module->cache, &query, now);
        bool ends = outcome == OUTCOME_HIT || outcome == OUTCOME_TOO_SMALL;

        if (ends || first)
            memcpy(asked, name, strlen(name) + 1);
        if (ends)
            return outcome;
    }
    return OUTCOME_PASS;
}

/* Out of the way of all other names, whose look-up needs no such stack. */
__attribute__((noinline)) static enum outcome
lookup_short(struct module *module, const struct query *query, bool failure, int64_t now)
{
    char asked[SHORT_NAME_OCTETS] = "";
    enum outcome outcome = answer_short(module, *query, now, asked);

    if (failure)
        report_send(asked, &module->reported, (uint32_t)now);
    return outcome;
}

static bool has_family(const struct record *record, const struct query *query)
{
    return query->tuples != NULL || (query->af == AF_INET6 ? record->n6 : record->n4) > 0;
}

/* The copy holds the name, and DNS's no to it is doubted: whether that is wrong the daemon finds
 * out.
 */
__attribute__((noinline)) static void doubt_denial(struct module *module, const struct query *query,
                                                   int64_t now)
{
    char name[NAME_MAX_OCTETS + 1];
    int len = name_normalise(query->name, strnlen(query->name, NAME_MAX_OCTETS + 2), name), slot;
    const struct stores *stores;
    struct record_copy copy;
    struct record record;
    unsigned place;
    bool doubted;

    if (len < 0)
        return;
    stores = cache_pin(&module->cache, &slot);
    if (stores == NULL)
        return;
    doubted = policy_doubts(&stores->policy, name, (size_t)len) &&
              stores_find(stores, name, (size_t)len, now, &copy, &record, &place) == 1 &&
              has_family(&record, query);
    cache_unpin(&module->cache, slot);
    if (doubted)
        report_denial(name, (size_t)len, &module->denied, (uint32_t)now);
}

enum outcome lookup_gitdns(struct module *module, const struct query *query, int standing)
{
    enum outcome outcome = OUTCOME_PASS;
    int64_t now = tick_clock();
    int saved = errno;

    if (tick_is_first(&module->tick, (uint32_t)now))
        refresh(module);
    if (position_may_answer(&module->position, standing, saved)) {
        bool failure = position_saw_failure(&module->position, standing, saved);

        if (short_name_is(query->name)) {
            outcome = lookup_short(module, query, failure, now);
        } else {
            if (failure)
                report_send(query->name, &module->reported, (uint32_t)now);
            outcome = query_answer(&module->cache, query, now);
        }
    } else if (atomic_load_explicit(&module->doubts, memory_order_relaxed) &&
               position_saw_denial(&module->position, standing)) {
        doubt_denial(module, query, now);
    }
    errno = saved;
    return outcome;
}
