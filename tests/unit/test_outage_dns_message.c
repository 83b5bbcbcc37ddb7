/* What counts as an answer: octets as servers send them, well and badly meant. */
#include "outage/dns_message.h"
#include <arpa/nameser.h>
#include <resolv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* Last: it needs those above. */
#include <cmocka.h>

#define NAME "www.example.net"
#define ID 0x1234
#define HEADER_OCTETS 12

static uint8_t query[DNS_MESSAGE_OCTETS], reply[DNS_MESSAGE_OCTETS];
static int query_len;
static enum probe_failure why;

static int set_up(void **state)
{
    (void)state;
    query_len = dns_message_make(NAME, ns_t_a, 0, ID, query);
    memcpy(reply, query, sizeof reply);
    reply[2] |= 0x80; /* QR */
    reply[3] = 0x80;  /* RA, NOERROR */
    return 0;
}

static enum dns_reply judge_len(size_t len, bool tcp)
{
    return dns_message_judge(query, (size_t)query_len, reply, len, tcp, &why);
}

static enum dns_reply judge(void)
{
    return judge_len((size_t)query_len, false);
}

static void test_query(void **state)
{
    static const uint8_t expected[] =
        "\x12\x34\x01\0\0\x01\0\0\0\0\0\0\3www\7example\3net\0\0\1\0\1";
    static const uint8_t opt[] = "\0\0\x29\x04\xb0\0\0\0\0\0";

    (void)state;
    assert_int_equal(query_len, sizeof expected - 1);
    assert_memory_equal(query, expected, sizeof expected - 1);
    assert_int_equal(dns_message_make(NAME, ns_t_a, RES_USE_EDNS0 | RES_TRUSTAD, ID, query),
                     query_len + (int)sizeof opt);
    assert_int_equal(query[11], 1);
    assert_int_equal(query[3] & 0x20, 0x20);
    assert_memory_equal(query + query_len, opt, sizeof opt);
    assert_true(dns_message_make("a..b", ns_t_a, 0, ID, query) < 0);
}

static void test_answers(void **state)
{
    (void)state;
    assert_int_equal(judge(), DNS_REPLY_ANSWER);
    reply[3] = 0x80 | ns_r_nxdomain;
    assert_int_equal(judge(), DNS_REPLY_ANSWER);
    reply[3] = 0x80 | ns_r_formerr;
    assert_int_equal(judge(), DNS_REPLY_ANSWER);
    memcpy(reply + 12, "\3WwW\7eXample", 12);
    assert_int_equal(judge(), DNS_REPLY_ANSWER);
}

static void test_failures(void **state)
{
    static const struct {
        uint8_t rcode;
        enum probe_failure why;
    } rows[] = {{0x80 | ns_r_servfail, PROBE_SERVFAIL},
                {0x80 | ns_r_notimpl, PROBE_NOTIMP},
                {0x80 | ns_r_refused, PROBE_REFUSED},
                {0, PROBE_LAME}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        reply[3] = rows[i].rcode;
        assert_int_equal(judge(), DNS_REPLY_FAILURE);
        assert_int_equal(why, rows[i].why);
    }
    /* Over TCP glibc does not look whether a server is lame. */
    assert_int_equal(judge_len((size_t)query_len, true), DNS_REPLY_ANSWER);
    for (size_t len = 0; len < 12; len++)
        assert_int_equal(judge_len(len, false), DNS_REPLY_FAILURE);
    assert_int_equal(why, PROBE_BROKEN);
}

static void test_cut(void **state)
{
    (void)state;
    reply[2] |= 2;
    assert_int_equal(judge(), DNS_REPLY_CUT);
    assert_int_equal(judge_len((size_t)query_len, true), DNS_REPLY_ANSWER);
    reply[3] = 0x80 | ns_r_servfail;
    assert_int_equal(judge(), DNS_REPLY_FAILURE);
}

/* Not to this query: each octet of ID and question changed, or the message cut off within it. */
static void test_others(void **state)
{
    (void)state;
    for (int i = 0; i < query_len; i++) {
        if (i >= 2 && i < 12 && i != 5)
            continue;
        reply[i] ^= 1;
        assert_int_equal(judge(), DNS_REPLY_OTHER);
        reply[i] ^= 1;
    }
    for (size_t len = 12; len < (size_t)query_len; len++)
        assert_int_equal(judge_len(len, false), DNS_REPLY_OTHER);
    memcpy(reply + 12, "\xc0\x0c", 2); /* the name is a pointer to itself */
    assert_int_equal(judge(), DNS_REPLY_OTHER);
}

#define OCTETS(text) (text), sizeof text - 1

/* Appends records behind the question: `answers` of them answer. Returns the reply's length. */
static size_t put_records(unsigned answers, unsigned authorities, const char *octets, size_t len)
{
    reply[7] = (uint8_t)answers;
    reply[9] = (uint8_t)authorities;
    memcpy(reply + query_len, octets, len);
    return (size_t)query_len + len;
}

static void test_ttl(void **state)
{
    size_t len = put_records(2, 0,
                             OCTETS("\xc0\x0c\0\5\0\1\0\0\1\0\0\2\xc0\x0c"
                                    "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\1\2\3\4"));

    (void)state;
    assert_int_equal(dns_message_ttl(reply, len), 60);
    /* Cut off, as far as it goes. */
    assert_int_equal(dns_message_ttl(reply, len - 1), 256);
    assert_int_equal(dns_message_ttl(reply, (size_t)query_len), 0);
    for (size_t cut = HEADER_OCTETS; cut < (size_t)query_len; cut++)
        assert_int_equal(dns_message_ttl(reply, cut), 0);
    /* None: the SOA's own TTL, or its last field. */
    len = put_records(0, 1,
                      OCTETS("\0\0\6\0\1\0\0\1\0\0\x16\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4"
                             "\0\0\0\x3c"));
    assert_int_equal(dns_message_ttl(reply, len), 60);
    reply[query_len + 8] = 10;
    reply[query_len + 7] = 0;
    assert_int_equal(dns_message_ttl(reply, len), 10);
    len = put_records(0, 1, OCTETS("\0\0\2\0\1\0\0\1\0\0\1\0"));
    assert_int_equal(dns_message_ttl(reply, len), 0);
}

static enum dns_content content(size_t len)
{
    return dns_message_content(reply, len, ns_t_a);
}

static void test_content(void **state)
{
    size_t len = (size_t)query_len;

    (void)state;
    assert_int_equal(content(len), DNS_CONTENT_DENIAL); /* NODATA */
    reply[2] |= 0x02;                                   /* TC */
    assert_int_equal(content(len), DNS_CONTENT_UNKNOWN);
    reply[2] &= 0xfd;
    reply[3] = 0x80 | ns_r_nxdomain;
    assert_int_equal(content(len), DNS_CONTENT_DENIAL);
    reply[3] = 0x80 | ns_r_formerr;
    assert_int_equal(content(len), DNS_CONTENT_UNKNOWN);
    reply[3] = 0x80;
    /* An alias, and what it leads to; the same without. */
    len = put_records(2, 0,
                      OCTETS("\xc0\x0c\0\5\0\1\0\0\1\0\0\2\xc0\x0c"
                             "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\1\2\3\4"));
    assert_int_equal(content(len), DNS_CONTENT_ADDRESSES);
    assert_int_equal(dns_message_content(reply, len, ns_t_aaaa), DNS_CONTENT_DENIAL);
    assert_int_equal(content(len - 1), DNS_CONTENT_UNKNOWN);
    reply[7] = 1;
    assert_int_equal(content(len), DNS_CONTENT_DENIAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_query, set_up),    cmocka_unit_test_setup(test_answers, set_up),
        cmocka_unit_test_setup(test_failures, set_up), cmocka_unit_test_setup(test_cut, set_up),
        cmocka_unit_test_setup(test_others, set_up),   cmocka_unit_test_setup(test_ttl, set_up),
        cmocka_unit_test_setup(test_content, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
