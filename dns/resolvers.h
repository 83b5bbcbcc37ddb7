/* Which resolvers are asked: those of the command line, or resolv.conf's. */
#ifndef GITDNS_DNS_RESOLVERS_H
#define GITDNS_DNS_RESOLVERS_H

#include "base/message.h"
#include "base/resolv_conf.h"
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>

#define RESOLVERS_MAX 8
#define RESOLVER_TEXT (INET6_ADDRSTRLEN + IF_NAMESIZE + sizeof "[%]:65535")

struct resolver {
    union resolv_conf_server address;
    char text[RESOLVER_TEXT]; /* `192.0.2.1:53`, `[2001:db8::1]:53`, `[fe80::1%eth0]:53` */
};

struct resolvers {
    bool given; /* by the command line: asked in turn, with what glibc's options are by default */
    unsigned count;
    struct resolver server[RESOLVERS_MAX];
    unsigned long options; /* resolv.h's RES_... */
    int timeout, attempts; /* as resolv.conf(5) has them */
};

/* Adds `ADDR`, `ADDR:PORT` or `[ADDR]:PORT`; of a link-local address also `ADDR%LINK`. Returns 0,
 * -EINVAL, or -ENOSPC: there are RESOLVERS_MAX. */
int resolvers_add(struct resolvers *resolvers, const char *text);

/* Completes what the command line gave: without a resolver of it with those of resolv.conf that
 * glibc asks, which without a file is 127.0.0.1, and its options. Returns 0, -errno, or -ENODATA:
 * there is none; then `why` is a sentence that begins with the file. */
int resolvers_default(struct resolvers *resolvers, char why[MESSAGE_OCTETS]);

/* Whether all of them are on this machine: the loopback's addresses, or others of its own. */
bool resolvers_are_here(const struct resolvers *resolvers);

/* All, with commas between. */
#define RESOLVERS_TEXT (RESOLVERS_MAX * (RESOLVER_TEXT + 1))
void resolvers_join(const struct resolvers *resolvers, char out[RESOLVERS_TEXT]);

#endif
