/* What a nameserver sends. The first octet: over UDP or TCP; the reply follows. What is to our
 * query brings back its ID and its question. */
#include "outage/dns_message.h"
#include "tests/fuzz/fuzz.h"
#include <arpa/nameser.h>
#include <strings.h>

#define NAME "www.example.net"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t query[DNS_MESSAGE_OCTETS], *reply;
    enum probe_failure why = PROBE_NO_MEANS;
    enum dns_reply is;
    int len = dns_message_make(NAME, ns_t_a, 0, 0x1234, query);

    require(len == 12 + (int)sizeof NAME + 1 + 4, "a query");
    if (size < 1 || size > 1 + DNS_MESSAGE_OCTETS)
        return 0;
    reply = (uint8_t *)copy_of(data + 1, size - 1);
    is = dns_message_judge(query, (size_t)len, reply, size - 1, data[0] % 2 != 0, &why);
    require(is <= DNS_REPLY_FAILURE, "a reply");
    require((is == DNS_REPLY_FAILURE) == (why != PROBE_NO_MEANS), "a failure has a cause");
    if (is == DNS_REPLY_ANSWER || is == DNS_REPLY_CUT) {
        require(size - 1 > 12 && reply[0] == 0x12 && reply[1] == 0x34, "the ID");
        require((reply[3] & 15) != ns_r_servfail && (reply[3] & 15) != ns_r_refused, "the rcode");
        dns_message_ttl(reply, size - 1);
        require(dns_message_content(reply, size - 1, ns_t_a) <= DNS_CONTENT_DENIAL, "a content");
        require(is == DNS_REPLY_CUT || data[0] % 2 != 0 || (reply[2] & 2) == 0, "TC");
    }
    free(reply);
    return 0;
}
