/* Where a name serves, and what is spoken there. */
#ifndef GITDNS_PROOF_PORTS_H
#define GITDNS_PROOF_PORTS_H

#include <stdint.h>

#define PORTS_MAX 5

enum port_way {
    PORT_HTTPS,
    PORT_TLS,  /* TLS from the first octet; what is within is not known */
    PORT_SMTP, /* STARTTLS (RFC 3207) */
    PORT_SSH,
    PORT_PLAIN, /* nothing that could be proven */
};

/* By the port's number alone (IANA). */
enum port_way port_way(uint16_t port);

/* The ports of a name's kind, which its first label tells, in the order in which to try them: 443
 * first, 80 last. Returns how many. */
unsigned ports_of(const char *name, uint16_t ports[PORTS_MAX]);

#endif
