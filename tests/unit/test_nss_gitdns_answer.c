/* Answers in buffers of every length and alignment, with canaries on both sides. */
#include "nss_gitdns/answer.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CANARY 0x5a
#define MARGIN 64
#define LARGEST 4096
/* What glibc's own gethostbyname_r wrappers and getaddrinfo start with. */
#define USUAL_BUFFER 1024

static unsigned char ipv4[ADDRESSES_MAX * 4], ipv6[ADDRESSES_MAX * 16];
static char long_name[NAME_MAX_OCTETS + 1], long_cname[NAME_MAX_OCTETS + 1];
static alignas(max_align_t) char memory[MARGIN + 16 + LARGEST + MARGIN];

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ipv4; i++)
        ipv4[i] = (unsigned char)(i + 1);
    for (size_t i = 0; i < sizeof ipv6; i++)
        ipv6[i] = (unsigned char)(i * 7 + 1);
    for (int i = 0; i < NAME_MAX_OCTETS; i++)
        long_name[i] = i % 64 == 63 ? '.' : 'n';
    for (int i = 0; i < NAME_MAX_OCTETS; i++)
        long_cname[i] = i % 64 == 63 ? '.' : 'c';
    return 0;
}

static struct record record_of(unsigned n4, unsigned n6, const char *name, const char *cname)
{
    return (struct record){.name = name,
                           .name_len = (unsigned)strlen(name),
                           .cname = cname,
                           .cname_len = cname != NULL ? (unsigned)strlen(cname) : 0,
                           .ipv4 = ipv4,
                           .n4 = n4,
                           .ipv6 = ipv6,
                           .n6 = n6};
}

static char *lay_canaries(size_t alignment)
{
    memset(memory, CANARY, sizeof memory);
    return memory + MARGIN + alignment;
}

static void check_canaries(const char *buffer, size_t buflen)
{
    for (const char *p = memory; p < buffer; p++)
        assert_int_equal(*p, CANARY);
    for (const char *p = buffer + buflen; p < memory + sizeof memory; p++)
        assert_int_equal(*p, CANARY);
}

/* The object lies in the buffer and is aligned for its type. */
static void check_place(const void *object, size_t octets, size_t alignment, const char *buffer,
                        size_t buflen)
{
    const char *at = object;

    assert_int_equal((uintptr_t)at % alignment, 0);
    assert_true(at >= buffer && at + octets <= buffer + buflen);
}

static void check_string(const char *string, const char *want, const char *buffer, size_t buflen)
{
    check_place(string, strlen(want) + 1, 1, buffer, buflen);
    assert_string_equal(string, want);
}

static void check_hostent(const struct hostent *h, const struct record *record, int af,
                          const char *buffer, size_t buflen)
{
    unsigned count = af == AF_INET6 ? record->n6 : record->n4, aliases = record->cname != NULL;
    size_t octets = af == AF_INET6 ? 16 : 4;

    assert_int_equal(h->h_addrtype, af);
    assert_int_equal(h->h_length, octets);
    check_string(h->h_name, aliases ? record->cname : record->name, buffer, buflen);
    check_place(h->h_aliases, (aliases + 1) * sizeof(char *), alignof(char *), buffer, buflen);
    if (aliases > 0)
        check_string(h->h_aliases[0], record->name, buffer, buflen);
    assert_null(h->h_aliases[aliases]);
    check_place(h->h_addr_list, (count + 1) * sizeof(char *), alignof(char *), buffer, buflen);
    for (unsigned i = 0; i < count; i++) {
        check_place(h->h_addr_list[i], octets, alignof(struct in_addr), buffer, buflen);
        assert_memory_equal(h->h_addr_list[i], (af == AF_INET6 ? ipv6 : ipv4) + i * octets, octets);
    }
    assert_null(h->h_addr_list[count]);
}

/* Returns the least length that was enough. */
static size_t every_hostent_length(const struct record *record, int af, size_t alignment)
{
    struct hostent untouched, h;
    size_t enough = 0;

    memset(&untouched, CANARY, sizeof untouched);
    for (size_t buflen = 0; buflen <= LARGEST && (enough == 0 || buflen < enough + 40); buflen++) {
        char *buffer = lay_canaries(alignment);
        enum outcome outcome;

        h = untouched;
        outcome = answer_hostent(record, af, &h, buffer, buflen);
        check_canaries(buffer, buflen);
        if (outcome == OUTCOME_TOO_SMALL) {
            /* Once it fits, it always does. */
            assert_int_equal(enough, 0);
            assert_memory_equal(&h, &untouched, sizeof h);
            continue;
        }
        assert_int_equal(outcome, OUTCOME_HIT);
        check_hostent(&h, record, af, buffer, buflen);
        if (enough == 0)
            enough = buflen;
    }
    assert_true(enough > 0);
    return enough;
}

static void check_tuples(const struct gaih_addrtuple *tuple, const struct record *record,
                         const struct gaih_addrtuple *given, const char *buffer, size_t buflen)
{
    const char *name = record->cname != NULL ? record->cname : record->name;

    for (unsigned i = 0; i < record->n4 + record->n6; i++, tuple = tuple->next) {
        bool six = i >= record->n4;

        assert_non_null(tuple);
        if (i == 0 && given != NULL)
            assert_ptr_equal(tuple, given);
        else
            check_place(tuple, sizeof *tuple, alignof(struct gaih_addrtuple), buffer, buflen);
        check_string(tuple->name, name, buffer, buflen);
        assert_int_equal(tuple->family, six ? AF_INET6 : AF_INET);
        assert_int_equal(tuple->scopeid, 0);
        if (six)
            assert_memory_equal(tuple->addr, ipv6 + (i - record->n4) * 16, 16);
        else
            assert_memory_equal(tuple->addr, ipv4 + i * 4, 4);
    }
    assert_null(tuple);
}

static size_t every_tuple_length(const struct record *record, bool give, size_t alignment)
{
    struct gaih_addrtuple untouched, given, *pat;
    size_t enough = 0;

    memset(&untouched, CANARY, sizeof untouched);
    for (size_t buflen = 0; buflen <= LARGEST && (enough == 0 || buflen < enough + 40); buflen++) {
        char *buffer = lay_canaries(alignment);
        enum outcome outcome;

        given = untouched;
        pat = give ? &given : NULL;
        outcome = answer_tuples(record, &pat, buffer, buflen);
        check_canaries(buffer, buflen);
        if (outcome == OUTCOME_TOO_SMALL) {
            assert_int_equal(enough, 0);
            assert_ptr_equal(pat, give ? &given : NULL);
            assert_memory_equal(&given, &untouched, sizeof given);
            continue;
        }
        assert_int_equal(outcome, OUTCOME_HIT);
        check_tuples(pat, record, give ? &given : NULL, buffer, buflen);
        if (enough == 0)
            enough = buflen;
    }
    assert_true(enough > 0);
    return enough;
}

static void every_length(struct record record)
{
    for (size_t alignment = 0; alignment < 16; alignment++) {
        if (record.n4 > 0)
            every_hostent_length(&record, AF_INET, alignment);
        if (record.n6 > 0)
            every_hostent_length(&record, AF_INET6, alignment);
        every_tuple_length(&record, false, alignment);
        every_tuple_length(&record, true, alignment);
    }
}

static void test_every_length(void **state)
{
    (void)state;
    every_length(record_of(1, 0, "a", NULL));
    every_length(record_of(0, 1, "a.com", "b.net"));
    every_length(record_of(3, 2, "a.com", NULL));
    every_length(record_of(3, 2, "a.com", "a-longer.example.net"));
    every_length(record_of(8, 8, long_name, long_cname));
}

static void test_most_addresses(void **state)
{
    struct record records[] = {record_of(ADDRESSES_MAX, 0, long_name, long_cname),
                               record_of(0, ADDRESSES_MAX, long_name, long_cname)};

    (void)state;
    for (size_t alignment = 0; alignment < 16; alignment += 5) {
        every_hostent_length(&records[0], AF_INET, alignment);
        every_hostent_length(&records[1], AF_INET6, alignment);
        every_tuple_length(&records[0], false, alignment);
        every_tuple_length(&records[1], true, alignment);
    }
}

/* Were it otherwise, gethostbyname_r would start again from the first service, with all its
 * time-outs. */
static void test_eight_addresses_fit(void **state)
{
    struct record record = record_of(8, 8, long_name, long_cname);

    (void)state;
    for (size_t alignment = 0; alignment < 16; alignment++) {
        assert_true(every_hostent_length(&record, AF_INET, alignment) <= USUAL_BUFFER);
        assert_true(every_hostent_length(&record, AF_INET6, alignment) <= USUAL_BUFFER);
        assert_true(every_tuple_length(&record, true, alignment) <= USUAL_BUFFER);
    }
}

static void test_families(void **state)
{
    struct record four = record_of(1, 0, "a.com", NULL), six = record_of(0, 1, "a.com", NULL);
    static const int others[] = {AF_UNSPEC, AF_UNIX, -1, 12345};
    struct hostent h;

    (void)state;
    assert_int_equal(answer_hostent(&four, AF_INET6, &h, memory, sizeof memory), OUTCOME_NO_FAMILY);
    assert_int_equal(answer_hostent(&six, AF_INET, &h, memory, sizeof memory), OUTCOME_NO_FAMILY);
    /* Not even a buffer that is too small is of interest then. */
    assert_int_equal(answer_hostent(&four, AF_INET6, &h, memory, 0), OUTCOME_NO_FAMILY);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(answer_hostent(&four, others[i], &h, memory, sizeof memory), OUTCOME_PASS);
        assert_int_equal(answer_hostent(&six, others[i], &h, memory, sizeof memory), OUTCOME_PASS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_most_addresses),
        cmocka_unit_test(test_eight_addresses_fit),
        cmocka_unit_test(test_families),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
