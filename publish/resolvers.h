/* Which resolvers are asked, and whether their answers may be published.
 *
 * Two questions to each before a run: a name that cannot exist must be NXDOMAIN (some resolvers
 * answer with the address of a page of advertisements instead), and `ipv4only.arpa` must have no
 * AAAA record (RFC 7050: with DNS64 the resolver makes addresses up that lead to its own network's
 * NAT64 alone).
 */
#ifndef GITDNS_PUBLISH_RESOLVERS_H
#define GITDNS_PUBLISH_RESOLVERS_H

#include "publish/problem.h"
#include <netinet/in.h>

#define RESOLVERS_MAX 8
#define RESOLVER_TEXT (INET6_ADDRSTRLEN + sizeof "[]:65535")

struct resolvers {
    unsigned count;
    char text[RESOLVERS_MAX][RESOLVER_TEXT]; /* `192.0.2.1:53`, `[2001:db8::1]:53` */
};

/* Adds `ADDR`, `ADDR:PORT` or `[ADDR]:PORT`. Returns 0, -EINVAL, or -ENOSPC: there are
 * RESOLVERS_MAX. */
int resolvers_add(struct resolvers *resolvers, const char *text);

/* Adds those of resolv.conf that glibc asks, but for link-local ones, if there is none yet. Returns
 * 0, -errno, or E_RESOLVER: there is none that can be used. */
int resolvers_default(struct resolvers *resolvers, struct problem *problem);

/* All, with commas between. */
#define RESOLVERS_TEXT (RESOLVERS_MAX * (RESOLVER_TEXT + 1))
void resolvers_join(const struct resolvers *resolvers, char out[RESOLVERS_TEXT]);

/* Asks the two questions. Returns 0, E_RESOLVER, E_STOPPED or -errno. */
int resolvers_check(const struct resolvers *resolvers, struct problem *problem);

#endif
