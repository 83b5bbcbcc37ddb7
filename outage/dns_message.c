#include "outage/dns_message.h"
#include <arpa/nameser.h>
#include <errno.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>
#include <strings.h>

/* glibc's own (RESOLV_EDNS_BUFFER_SIZE). */
#define EDNS_UDP_OCTETS 1200

/* RFC 6891 section 6.1.2: the root, the type, the payload, no flags, no options. */
static int add_opt(uint8_t *query, int len)
{
    static const uint8_t opt[] = {
        0, 0, ns_t_opt, EDNS_UDP_OCTETS >> 8, EDNS_UDP_OCTETS & 0xff, 0, 0, 0, 0, 0, 0};

    memcpy(query + len, opt, sizeof opt);
    return len + (int)sizeof opt;
}

int dns_message_make(const char *name, unsigned long options, uint16_t id,
                     uint8_t query[DNS_MESSAGE_OCTETS])
{
    struct __res_state state = {.options = RES_INIT | RES_RECURSE | (options & RES_TRUSTAD)};
    HEADER header;
    int len = res_nmkquery(&state, ns_o_query, name, ns_c_in, ns_t_a, NULL, 0, NULL, query,
                           DNS_MESSAGE_OCTETS);

    if (len < 0)
        return -EINVAL;
    memcpy(&header, query, sizeof header);
    header.id = htons(id);
    if ((options & RES_USE_EDNS0) != 0) {
        header.arcount = htons(1);
        len = add_opt(query, len);
    }
    memcpy(query, &header, sizeof header);
    return len;
}

/* Whether the question came back (RFC 5452 section 9.1), in whatever case or compression. */
static bool has_question(const uint8_t *query, size_t query_len, const uint8_t *reply, size_t len)
{
    char asked[NS_MAXDNAME], name[NS_MAXDNAME];
    HEADER header;
    int asked_len = dn_expand(query, query + query_len, query + sizeof header, asked, sizeof asked);
    int name_len = dn_expand(reply, reply + len, reply + sizeof header, name, sizeof name);

    memcpy(&header, reply, sizeof header);
    return ntohs(header.qdcount) == 1 && asked_len >= 0 && name_len >= 0 &&
           sizeof header + (size_t)name_len + NS_QFIXEDSZ <= len && strcasecmp(asked, name) == 0 &&
           memcmp(query + sizeof header + asked_len, reply + sizeof header + name_len,
                  NS_QFIXEDSZ) == 0;
}

/* As glibc, which goes on to the next server then, and in the end fails. */
static bool is_lame(const HEADER *header)
{
    return header->rcode == ns_r_noerror && header->ancount == 0 && header->arcount == 0 &&
           !header->aa && !header->ra;
}

static enum dns_reply failure(enum probe_failure *why, enum probe_failure is)
{
    *why = is;
    return DNS_REPLY_FAILURE;
}

enum dns_reply dns_message_judge(const uint8_t *query, size_t query_len, const uint8_t *reply,
                                 size_t len, bool tcp, enum probe_failure *why)
{
    HEADER asked, header;

    if (len < sizeof header)
        return failure(why, PROBE_BROKEN);
    memcpy(&asked, query, sizeof asked);
    memcpy(&header, reply, sizeof header);
    if (header.id != asked.id || !has_question(query, query_len, reply, len))
        return DNS_REPLY_OTHER;
    switch (header.rcode) {
    case ns_r_servfail:
        return failure(why, PROBE_SERVFAIL);
    case ns_r_notimpl:
        return failure(why, PROBE_NOTIMP);
    case ns_r_refused:
        return failure(why, PROBE_REFUSED);
    default:
        break;
    }
    if (!tcp && is_lame(&header))
        return failure(why, PROBE_LAME);
    return !tcp && header.tc ? DNS_REPLY_CUT : DNS_REPLY_ANSWER;
}
