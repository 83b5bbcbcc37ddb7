/* One look-up of the service `gitdns_outage`, which stands before `dns`: does it have to wait for
 * DNS to fail? */
#ifndef NSS_GITDNS_OUTAGE_H
#define NSS_GITDNS_OUTAGE_H

#include "nss_gitdns/copy.h"
#include "nss_gitdns/gate.h"

/* All that a process keeps between look-ups. */
struct outage {
    struct cache cache;
    struct gate gate;
    _Atomic uint32_t tick;
};

/* Once, before any other thread knows of it. */
void outage_open(struct outage *outage, const char *store_path, const char *board_path,
                 const char *resolv_conf_path);

/* OUTCOME_PASS while no outage of the name is known. errno stays as it was. */
enum outcome outage_lookup(struct outage *outage, const struct query *query);

#endif
