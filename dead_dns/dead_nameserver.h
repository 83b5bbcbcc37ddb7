/* What stands at port 53 of the dead network, at every address of it, and the questions that come
 * there, whether anything stands there or not. */
#ifndef GITDNS_DEAD_DNS_DEAD_NAMESERVER_H
#define GITDNS_DEAD_DNS_DEAD_NAMESERVER_H

#include "base/message.h"
#include "dead_dns/asked.h"
#include "dead_dns/dead_dns.h"
#include <poll.h>

#define DEAD_FAMILIES 2
/* More that ask by TCP at once are put off. */
#define DEAD_CALLERS_MAX 16
#define DEAD_POLLS (1 + 2 * DEAD_FAMILIES + DEAD_CALLERS_MAX)

/* Descriptors; -1: none. */
struct dead_nameserver {
    enum dead_dns mode;
    int passing;                /* all that passes through the network */
    int udp[DEAD_FAMILIES];     /* what comes to port 53 */
    int tcp[2 * DEAD_FAMILIES]; /* at the ports of DNS and of DNS over TLS */
    int caller[DEAD_CALLERS_MAX];
    unsigned callers; /* so many there have been */
};

/* In the dead network. Returns 0, or -1 with the cause; dead_nameserver_close in either case. */
int dead_nameserver_open(struct dead_nameserver *server, enum dead_dns mode,
                         char error[MESSAGE_OCTETS]);
void dead_nameserver_close(struct dead_nameserver *server);

/* Sets DEAD_POLLS of them. */
void dead_nameserver_polls(const struct dead_nameserver *server, struct pollfd *polls);

/* Takes down what has been asked so far. */
void dead_nameserver_listen(struct dead_nameserver *server, struct asked *asked);

/* Answers what has come, if it is one that does. */
void dead_nameserver_answer(struct dead_nameserver *server, const struct pollfd *polls);

#endif
