/* One look-up of the service `gitdns`: may we answer, and what. */
#ifndef GITDNS_NSS_GITDNS_LOOKUP_GITDNS_H
#define GITDNS_NSS_GITDNS_LOOKUP_GITDNS_H

#include "nss_gitdns/position.h"
#include "nss_gitdns/query.h"

/* All that a process keeps between look-ups. */
struct module {
    const char *resolv_conf_path;
    struct cache cache;
    struct position position;
    _Atomic uint32_t tick;     /* the second in which the files were last looked at */
    _Atomic uint32_t reported; /* the second in which the daemon was last told that DNS fails */
    atomic_bool doubts;        /* there are names for which DNS's no is doubted */
    _Atomic uint32_t denied;   /* the second in which the daemon was last told of one */
};

/* Once, before any other thread knows of the module. The paths must stay. */
void lookup_gitdns_open(struct module *module, const char *directory, const char *nsswitch_path,
                        const char *resolv_conf_path);

/* `standing`: the h_errno that stood on entry. errno stays as it was. */
enum outcome lookup_gitdns(struct module *module, const struct query *query, int standing);

#endif
