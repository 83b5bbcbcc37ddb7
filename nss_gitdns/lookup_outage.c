#include "nss_gitdns/lookup_outage.h"
#include "nss_gitdns/root.h"
#include <errno.h>

void lookup_outage_open(struct outage *outage, const char *store_path, const char *board_path,
                        const char *resolv_conf_path)
{
    int saved = errno;

    root_remember();
    *outage = (struct outage){.tick = (uint32_t)tick_clock()};
    cache_open(&outage->cache, store_path);
    board_map_open(&outage->map, board_path, resolv_conf_path);
    errno = saved;
}

void lookup_outage_refresh(struct outage *outage)
{
    int saved = errno;

    cache_refresh(&outage->cache);
    board_map_refresh(&outage->map);
    errno = saved;
}

enum outcome lookup_outage_ask(struct outage *outage, const struct query *query, int64_t now)
{
    int saved = errno;
    enum outcome outcome = OUTCOME_PASS;

    if (board_map_has_outage(&outage->map, query->name))
        outcome = query_answer(&outage->cache, query, now);
    errno = saved;
    return outcome;
}
