/* resolv.conf(5), as glibc reads it: the one reader of daemon, command and publisher. */
#ifndef GITDNS_BASE_RESOLV_CONF_H
#define GITDNS_BASE_RESOLV_CONF_H

#include <netinet/in.h>
#include <resolv.h>
#include <stdbool.h>
#include <stdint.h>

#define RESOLV_CONF_PATH _PATH_RESCONF
/* glibc asks no more nameservers (resolv.h, MAXNS). */
#define RESOLV_CONF_SERVERS_MAX 3
/* A domain to search, NUL-terminated. Longer ones cannot stand in a line. */
#define RESOLV_CONF_SEARCH_OCTETS 256

union resolv_conf_server {
    struct sockaddr any; /* its family: AF_INET or AF_INET6 */
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

struct resolv_conf {
    uint64_t stamp;        /* file_stamp of the file; 0: there is none */
    bool stub;             /* it is systemd-resolved's, or names that alone */
    unsigned long options; /* RES_… of resolv.h */
    bool tcp;              /* options use-vc: UDP is not to be used */
    int timeout;           /* seconds */
    int attempts;
    unsigned searches; /* domains to search, the host's own among them where none is named */
    char search[RESOLV_CONF_SEARCH_OCTETS]; /* the first of them, or empty */
    unsigned count; /* without a file, or a nameserver in it, glibc asks 127.0.0.1 */
    union resolv_conf_server server[RESOLV_CONF_SERVERS_MAX];
};

/* Reads the file, or, where there is none, what glibc does then. A FIFO in its place is -EINVAL:
 * whoever opens it waits until somebody writes to it. Returns 0, or -errno: then nothing but the
 * stamp is set. */
int resolv_conf_read(struct resolv_conf *conf);

/* Whether both have the same nameservers, options and domain to search, whatever their stamps. */
bool resolv_conf_same(const struct resolv_conf *a, const struct resolv_conf *b);

/* The stamp of the file as it is now; 0: it cannot be read. */
uint64_t resolv_conf_stamp(void);

#endif
