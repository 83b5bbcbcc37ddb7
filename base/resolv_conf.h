/* What resolv.conf(5) makes of a nameserver that does not answer, as glibc reads it. */
#ifndef GITDNS_BASE_RESOLV_CONF_H
#define GITDNS_BASE_RESOLV_CONF_H

#include <resolv.h>
#include <stdbool.h>

#define RESOLV_CONF_PATH "/etc/resolv.conf"

struct resolver {
    int nameservers;
    int timeout; /* seconds */
    int attempts;
    int searches; /* domains that are searched, the host's own among them where none is named */
    bool tcp;     /* asks over TCP alone */
    bool stub;    /* resolv.conf is systemd-resolved's, or names it alone */
};

/* Returns false if glibc cannot read it. */
bool resolver_read(struct resolver *resolver);

/* How long a look-up through getaddrinfo of a name with a dot in it waits for nameservers that are
 * silent, in seconds; -1: for TCP's own time-outs, minutes. */
int resolver_wait(const struct resolver *resolver);

#endif
