/* One look-up of the service `gitdns_outage`, which stands before `dns`: does it have to wait for
 * DNS to fail? */
#ifndef GITDNS_NSS_GITDNS_LOOKUP_OUTAGE_H
#define GITDNS_NSS_GITDNS_LOOKUP_OUTAGE_H

#include "nss_gitdns/board_map.h"
#include "nss_gitdns/query.h"
#include "nss_gitdns/tick.h"

/* All that a process keeps between look-ups. */
struct outage {
    struct cache cache;
    struct board_map map;
    _Atomic uint32_t tick;
    _Atomic uint32_t reported; /* the second in which a name was */
};

/* Once, before any other thread knows of it. */
void lookup_outage_open(struct outage *outage, const char *directory, const char *board_path,
                        const char *resolv_conf_path);

/* What only some look-ups need: once a second, a look at the files; and while something is out, the
 * name on the board and in the copy. errno stays as it was. */
void lookup_outage_refresh(struct outage *outage);
enum outcome lookup_outage_ask(struct outage *outage, const struct query *query, int64_t now);

/* OUTCOME_PASS while no outage of the name is known. errno stays as it was. In the caller's own
 * code: every look-up of the machine comes here, and nearly all end here. */
static inline enum outcome lookup_outage(struct outage *outage, const struct query *query)
{
    int64_t now = tick_clock();

    if (tick_is_first(&outage->tick, (uint32_t)now))
        lookup_outage_refresh(outage);
    return board_map_is_quiet(&outage->map) ? OUTCOME_PASS : lookup_outage_ask(outage, query, now);
}

#endif
