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

int dns_message_make(const char *name, int type, unsigned long options, uint16_t id,
                     uint8_t query[DNS_MESSAGE_OCTETS])
{
    struct __res_state state = {.options = RES_INIT | RES_RECURSE | (options & RES_TRUSTAD)};
    HEADER header;
    int len = res_nmkquery(&state, ns_o_query, name, ns_c_in, type, NULL, 0, NULL, query,
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

struct resource_record {
    unsigned type;
    uint32_t ttl;
    const uint8_t *data;
    size_t len;
};

/* The record at *at, which moves on behind it. False: the octets end before it does. */
static bool next_record(const uint8_t *end, const uint8_t **at, struct resource_record *record)
{
    int name_len = dn_skipname(*at, end);

    if (name_len < 0 || end - *at - name_len < NS_RRFIXEDSZ)
        return false;
    *at += name_len;
    NS_GET16(record->type, *at);
    *at += NS_INT16SZ; /* the class */
    NS_GET32(record->ttl, *at);
    NS_GET16(record->len, *at);
    record->data = *at;
    if ((size_t)(end - *at) < record->len)
        return false;
    *at += record->len;
    return true;
}

/* Of a record in the answer, or of the SOA that comes with none; UINT32_MAX: it says nothing. */
static uint32_t ttl_of(const struct resource_record *record, bool answer)
{
    const uint8_t *last;
    uint32_t minimum;

    if (answer)
        return record->ttl;
    if (record->type != ns_t_soa || record->len < NS_INT32SZ)
        return UINT32_MAX;
    last = record->data + record->len - NS_INT32SZ;
    NS_GET32(minimum, last);
    return minimum < record->ttl ? minimum : record->ttl;
}

/* The octets that are there, behind the question. False: it does not end in them. */
static bool skip_question(const uint8_t *reply, size_t len, const uint8_t **at, const uint8_t **end)
{
    int name_len;

    *at = reply + NS_HFIXEDSZ;
    *end = reply + (len < DNS_MESSAGE_OCTETS ? len : DNS_MESSAGE_OCTETS);
    name_len = dn_skipname(*at, *end);
    if (name_len < 0 || *end - *at - name_len < NS_QFIXEDSZ)
        return false;
    *at += name_len + NS_QFIXEDSZ;
    return true;
}

uint32_t dns_message_ttl(const uint8_t *reply, size_t len)
{
    uint32_t least = UINT32_MAX;
    struct resource_record record;
    unsigned answers, count;
    const uint8_t *at, *end;
    HEADER header;

    if (!skip_question(reply, len, &at, &end))
        return 0;
    memcpy(&header, reply, sizeof header);
    answers = ntohs(header.ancount);
    count = answers > 0 ? answers : ntohs(header.nscount);
    while (count-- > 0 && next_record(end, &at, &record)) {
        uint32_t ttl = ttl_of(&record, answers > 0);

        if (ttl < least)
            least = ttl;
    }
    return least < UINT32_MAX ? least : 0;
}

enum dns_content dns_message_content(const uint8_t *reply, size_t len, int type)
{
    struct resource_record record;
    const uint8_t *at, *end;
    unsigned count;
    HEADER header;

    if (!skip_question(reply, len, &at, &end))
        return DNS_CONTENT_UNKNOWN;
    memcpy(&header, reply, sizeof header);
    if (header.rcode == ns_r_nxdomain)
        return DNS_CONTENT_DENIAL;
    if (header.rcode != ns_r_noerror)
        return DNS_CONTENT_UNKNOWN;
    for (count = ntohs(header.ancount); count > 0; count--) {
        if (!next_record(end, &at, &record))
            return DNS_CONTENT_UNKNOWN;
        if ((int)record.type == type)
            return DNS_CONTENT_ADDRESSES;
    }
    return header.tc ? DNS_CONTENT_UNKNOWN : DNS_CONTENT_DENIAL;
}
