/* The nameservers that are asked, and whether they are within reach. */
#ifndef GITDNS_OUTAGE_NAMESERVERS_H
#define GITDNS_OUTAGE_NAMESERVERS_H

#include "base/resolv_conf.h"
#include "registry/registry.h"

struct nameservers {
    struct resolv_conf conf;
    uint64_t behind;                  /* nameservers_behind */
    char search[NAME_MAX_OCTETS + 1]; /* the first domain to search; empty: none that is a name */
};

/* Changes with what is asked at the addresses in resolv.conf, though these stay: each time that it
 * is written, as dhclient does in each network and at each renewal; and behind a resolver of this
 * machine, systemd-resolved or NetworkManager's dnsmasq. */
uint64_t nameservers_behind(void);

/* Reads resolv.conf. Returns 0, or -errno: then there is none. */
int nameservers_read(struct nameservers *nameservers);

/* Whether resolv.conf, which has another stamp, says what it said; then `nameservers` has that
 * stamp from now on. */
bool nameservers_stay(struct nameservers *nameservers);

/* Whether this machine has a route to none of them; of one that this user may not take others may
 * know. Sends nothing. */
bool nameservers_unreachable(const struct nameservers *nameservers);

#endif
