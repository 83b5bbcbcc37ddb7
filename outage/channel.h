/* The way of one question to one nameserver: a connected UDP socket, as glibc's, and TCP where an
 * answer is cut off or resolv.conf says so. Nothing here waits. */
#ifndef GITDNS_OUTAGE_CHANNEL_H
#define GITDNS_OUTAGE_CHANNEL_H

#include "base/resolv_conf.h"
#include "outage/dns_message.h"
#include <stdbool.h>

struct channel {
    const union resolv_conf_server *server;
    int udp, tcp;   /* -1: none */
    size_t at, len; /* of what is sent over TCP, then of what is read; len 0: not known yet */
    bool reads;     /* over TCP: all is sent */
    uint8_t tcp_octets[2 + DNS_MESSAGE_OCTETS]; /* with the length in front (RFC 1035, 4.2.2) */
};

/* No sockets yet. `server` stays the caller's. */
void channel_open(struct channel *channel, const union resolv_conf_server *server);

void channel_close(struct channel *channel);
void channel_close_tcp(struct channel *channel);

/* Return 0 or -errno. Over TCP one query is under way at a time, and its sending goes on with
 * channel_read_tcp. */
int channel_send_udp(struct channel *channel, const uint8_t *query, size_t len);
int channel_send_tcp(struct channel *channel, const uint8_t *query, size_t len);

/* Returns the octets of the next datagram, of which `reply` has the first; -EAGAIN: none is there;
 * or -errno. */
int channel_read_udp(struct channel *channel, uint8_t reply[DNS_MESSAGE_OCTETS]);

/* Goes on with it. Returns the octets of `reply` once all of it has come; -EAGAIN: not yet; or
 * -errno, -EPIPE if the connection ended before. */
int channel_read_tcp(struct channel *channel, uint8_t reply[DNS_MESSAGE_OCTETS]);

#endif
