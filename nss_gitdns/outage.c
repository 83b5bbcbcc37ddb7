#include "nss_gitdns/outage.h"
#include "nss_gitdns/tick.h"
#include <errno.h>

void outage_open(struct outage *outage, const char *store_path, const char *board_path,
                 const char *resolv_conf_path)
{
    int saved = errno;

    *outage = (struct outage){.tick = (uint32_t)tick_clock()};
    cache_open(&outage->cache, store_path);
    gate_open(&outage->gate, board_path, resolv_conf_path);
    errno = saved;
}

enum outcome outage_lookup(struct outage *outage, const struct query *query)
{
    enum outcome outcome = OUTCOME_PASS;
    int64_t now = tick_clock();
    int saved = errno;

    if (tick_is_first(&outage->tick, (uint32_t)now)) {
        cache_refresh(&outage->cache);
        gate_refresh(&outage->gate);
    }
    if (gate_is_open(&outage->gate, query->name))
        outcome = copy_answer(&outage->cache, query, now);
    errno = saved;
    return outcome;
}
