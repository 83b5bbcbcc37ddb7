#include "nss_gitdns/lookup_gitdns.h"
#include "nss_gitdns/report.h"
#include "nss_gitdns/root.h"
#include "nss_gitdns/tick.h"
#include <errno.h>

static void refresh(struct module *module)
{
    cache_refresh(&module->cache);
    position_refresh(&module->position);
}

void lookup_gitdns_open(struct module *module, const char *store_path, const char *nsswitch_path)
{
    int saved = errno;

    root_remember();
    *module = (struct module){.position.path = nsswitch_path, .tick = (uint32_t)tick_clock()};
    cache_open(&module->cache, store_path);
    position_refresh(&module->position);
    errno = saved;
}

enum outcome lookup_gitdns(struct module *module, const struct query *query, int standing)
{
    enum outcome outcome = OUTCOME_PASS;
    int64_t now = tick_clock();
    int saved = errno;

    if (tick_is_first(&module->tick, (uint32_t)now))
        refresh(module);
    if (position_may_answer(&module->position, standing, saved)) {
        if (position_saw_failure(&module->position, standing, saved))
            report_send(query->name, &module->reported, (uint32_t)now);
        outcome = query_answer(&module->cache, query, now);
    }
    errno = saved;
    return outcome;
}
