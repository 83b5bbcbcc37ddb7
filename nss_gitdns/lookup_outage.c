#include "nss_gitdns/lookup_outage.h"
#include "nss_gitdns/root.h"
#include <errno.h>

void outage_open(struct outage *outage, const char *store_path, const char *board_path,
                 const char *resolv_conf_path)
{
    int saved = errno;

    root_remember();
    *outage = (struct outage){.tick = (uint32_t)tick_clock()};
    cache_open(&outage->cache, store_path);
    gate_open(&outage->gate, board_path, resolv_conf_path);
    errno = saved;
}

void outage_refresh(struct outage *outage)
{
    int saved = errno;

    cache_refresh(&outage->cache);
    gate_refresh(&outage->gate);
    errno = saved;
}

enum outcome outage_ask(struct outage *outage, const struct query *query, int64_t now)
{
    int saved = errno;
    enum outcome outcome = OUTCOME_PASS;

    if (gate_is_open(&outage->gate, query->name))
        outcome = copy_answer(&outage->cache, query, now);
    errno = saved;
    return outcome;
}
