/* Whether the answers of resolvers may be published: a few questions to each before a run, to all
 * at once.
 *
 * A name that cannot exist must not have an address (some resolvers answer with that of a page of
 * advertisements), nor `ipv4only.arpa` an AAAA record (RFC 7050: with DNS64 the resolver makes
 * addresses up that lead to its own network's NAT64 alone). An answer that is neither is no lie: a
 * resolver may know its own domain and refuse all else. One that is silent about these names, and
 * about one of those that are to be asked for as well, does not answer.
 */
#ifndef GITDNS_PUBLISH_RESOLVERS_CHECK_H
#define GITDNS_PUBLISH_RESOLVERS_CHECK_H

#include "dns/resolvers.h"
#include "publish/problem.h"

struct resolvers_found {
    bool denies;             /* one says NXDOMAIN of what resolvers_made_up makes up */
    bool away;               /* E_RESOLVER since one that is needed does not answer */
    struct resolvers silent; /* resolv.conf's that do not answer */
};

/* Asks, for the name `listed` too, and takes those of resolv.conf that do not answer out. Returns
 * 0, E_RESOLVER (one of them lies, one of the command line's does not answer, or none is left),
 * E_STOPPED or -ENOMEM. */
int resolvers_check(struct resolvers *resolvers, const char *listed, struct resolvers_found *found,
                    struct problem *problem);

#define MADE_UP_MAX 48

/* A name below `com` that does not exist, another one each time. */
void resolvers_made_up(char name[MADE_UP_MAX]);

#endif
