/* The nameservers of the machine's resolv.conf, as glibc reads it. */
#ifndef GITDNS_OUTAGE_NAMESERVERS_H
#define GITDNS_OUTAGE_NAMESERVERS_H

#include "registry/registry.h"
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* glibc asks no more (resolv.h, MAXNS). */
#define NAMESERVERS_MAX 3
/* `[ADDRESS]:PORT` */
#define NAMESERVER_OCTETS (INET6_ADDRSTRLEN + sizeof "[]:65535")

struct nameservers {
    uint64_t stamp;                   /* file_stamp of the file; 0: there is none */
    uint64_t behind;                  /* nameservers_behind */
    bool tcp;                         /* options use-vc: UDP is not to be used */
    char search[NAME_MAX_OCTETS + 1]; /* the first domain to search; empty: none that is a name */
    unsigned count;
    struct {
        union {
            struct sockaddr any;
            struct sockaddr_in in;
            struct sockaddr_in6 in6;
        } address;
        char text[NAMESERVER_OCTETS]; /* without a scope */
    } server[NAMESERVERS_MAX];
};

/* The stamp of resolv.conf as it is now; 0: it cannot be read. */
uint64_t nameservers_stamp(void);

/* Changes with what is asked behind a resolver of this machine, whose address stands in resolv.conf
 * whatever network it is in: systemd-resolved's, or NetworkManager's dnsmasq. */
uint64_t nameservers_behind(void);

/* Reads the file. Returns 0, or -errno: then there is none. */
int nameservers_read(struct nameservers *nameservers);

/* Whether this machine has a route to none of them. Sends nothing. */
bool nameservers_unreachable(const struct nameservers *nameservers);

#endif
