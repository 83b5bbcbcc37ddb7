/* A query and what comes back for it, as glibc's stub resolver makes and takes them
 * (resolv/res_send.c, send_dg and send_vc): what it takes for an answer is one. */
#ifndef GITDNS_OUTAGE_DNS_MESSAGE_H
#define GITDNS_OUTAGE_DNS_MESSAGE_H

#include "outage/probe_failure.h"
#include <stddef.h>
#include <stdint.h>

/* A query has no more; of a reply its header and question are enough. */
#define DNS_MESSAGE_OCTETS 512

enum dns_reply {
    DNS_REPLY_OTHER,  /* not to this query: the wait goes on */
    DNS_REPLY_ANSWER, /* NXDOMAIN and NODATA are answers */
    DNS_REPLY_CUT,    /* TC: the same query is to be sent over TCP */
    DNS_REPLY_FAILURE,
};

/* Asks for the addresses of a name, of `type` (ns_t_a or ns_t_aaaa); `options` are the RES_… of
 * resolv.conf. Returns its length, or -EINVAL for what is no name. */
int dns_message_make(const char *name, int type, unsigned long options, uint16_t id,
                     uint8_t query[DNS_MESSAGE_OCTETS]);

/* What the reply, of which at least the first DNS_MESSAGE_OCTETS are there, means for the query.
 * Sets *why with DNS_REPLY_FAILURE alone. */
enum dns_reply dns_message_judge(const uint8_t *query, size_t query_len, const uint8_t *reply,
                                 size_t len, bool tcp, enum probe_failure *why);

/* For how many seconds a cache may keep that answer (RFC 2308 section 5: and that there is none),
 * as far as the octets that are there say; 0: not at all, or they do not say. */
uint32_t dns_message_ttl(const uint8_t *reply, size_t len);

enum dns_content {
    DNS_CONTENT_UNKNOWN, /* an error, or the octets that are there do not say */
    DNS_CONTENT_ADDRESSES,
    DNS_CONTENT_DENIAL, /* NXDOMAIN, or NODATA (RFC 2308) */
};

/* What that answer, to a query of the type, says. */
enum dns_content dns_message_content(const uint8_t *reply, size_t len, int type);

#endif
