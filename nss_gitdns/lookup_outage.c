#include "nss_gitdns/lookup_outage.h"
#include "nss_gitdns/report.h"
#include "nss_gitdns/root.h"
#include "nss_gitdns/short_name.h"
#include "registry/name.h"
#include "registry/registry.h"
#include <errno.h>
#include <string.h>

void lookup_outage_open(struct outage *outage, const char *directory, const char *board_path,
                        const char *resolv_conf_path)
{
    int saved = errno;

    root_remember();
    *outage = (struct outage){.tick = (uint32_t)tick_clock()};
    cache_open(&outage->cache, directory);
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

/* Each of what DNS would be asked for, in its order, until one that may not be out. */
__attribute__((noinline)) static enum outcome ask_short(struct outage *outage, struct query query,
                                                        int64_t now)
{
    const char *typed = query.name;
    char name[SHORT_NAME_OCTETS];
    enum outcome known = OUTCOME_PASS;
    struct search_list list;

    short_name_searches(outage->map.resolv_conf_path, &list);
    query.name = name;
    for (size_t at = 0; search_list_next(&list, &at, typed, name, sizeof name);) {
        enum outcome outcome;

        if (!board_map_has_outage(&outage->map, name))
            return OUTCOME_PASS;
        outcome = query_answer(&outage->cache, &query, now);
        if (outcome == OUTCOME_HIT || outcome == OUTCOME_TOO_SMALL)
            return outcome;
        if (outcome == OUTCOME_NO_FAMILY)
            known = outcome;
    }
    return known;
}

/* What no copy has. In a drill that is all, as where DNS has failed, but for names of one label and
 * for special use: those that services behind DNS know (myhostname, mymachines, mdns). It is
 * reported as gitdns does behind DNS, for the list of what was asked for in vain. */
__attribute__((noinline)) static enum outcome lack(struct outage *outage, const struct query *query,
                                                   int64_t now)
{
    char name[NAME_MAX_OCTETS + 1];
    int len;

    if (!board_map_has_drill(&outage->map))
        return OUTCOME_PASS;
    len = name_normalise(query->name, strnlen(query->name, NAME_MAX_OCTETS + 2), name);
    if (len < 0 || name_check_private(name, (size_t)len) < 0)
        return OUTCOME_PASS;
    report_send(query->name, &outage->reported, (uint32_t)now);
    return OUTCOME_DRILL;
}

enum outcome lookup_outage_ask(struct outage *outage, const struct query *query, int64_t now)
{
    int saved = errno;
    enum outcome outcome = OUTCOME_PASS;

    if (short_name_is(query->name))
        outcome = ask_short(outage, *query, now);
    else if (board_map_has_outage(&outage->map, query->name))
        outcome = query_answer(&outage->cache, query, now);
    if (outcome == OUTCOME_PASS)
        outcome = lack(outage, query, now);
    errno = saved;
    return outcome;
}
