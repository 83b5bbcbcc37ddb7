/* The four entry points, called directly with buffers that glibc would not pass: every length,
 * every alignment, canaries around; and every verdict.
 *
 * The store is that of test_hygiene.py. The argument: `after-dns` or `free`, what the machine's
 * hosts line says of gitdns. */
#include "entry.h"
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
/* Behind what it needs. */
#include <cmocka.h>

#define GUARD 64
#define ROOM 8192
#define CANARY 0xa5
#define TTL 30

static struct entry entry;
static bool is_free;

enum function { BY_NAME, BY_NAME2_INET, BY_NAME2_INET6, BY_NAME3, BY_NAME4, BY_NAME4_GIVEN };

/* One call, with all that it takes and gives back. */
struct call {
    enum function function;
    const char *name;
    char *buffer;
    size_t buflen;
    int error, h_error;
    int32_t ttl;
    struct hostent host;
    char *canonical;
    struct gaih_addrtuple given, *tuples;
};

static enum nss_status call_function(struct call *c)
{
    switch (c->function) {
    case BY_NAME:
        return entry.gethostbyname(c->name, &c->host, c->buffer, c->buflen, &errno, &c->h_error);
    case BY_NAME2_INET:
    case BY_NAME2_INET6:
        return entry.gethostbyname2(c->name, c->function == BY_NAME2_INET ? AF_INET : AF_INET6,
                                    &c->host, c->buffer, c->buflen, &errno, &c->h_error);
    case BY_NAME3:
        return entry.gethostbyname3(c->name, AF_INET6, &c->host, c->buffer, c->buflen, &errno,
                                    &c->h_error, &c->ttl, &c->canonical);
    case BY_NAME4:
    case BY_NAME4_GIVEN:
        return entry.gethostbyname4(c->name, &c->tuples, c->buffer, c->buflen, &errno, &c->h_error,
                                    &c->ttl);
    }
    abort();
}

/* As glibc does it, errnop points to errno itself. */
static enum nss_status make(struct call *c)
{
    enum nss_status status;

    c->tuples = c->function == BY_NAME4_GIVEN ? &c->given : NULL;
    errno = c->error;
    status = call_function(c);
    c->error = errno;
    return status;
}

static void assert_inside(const struct call *c, const void *pointer, size_t octets, size_t align)
{
    uintptr_t start = (uintptr_t)c->buffer, at = (uintptr_t)pointer;

    assert_true(at >= start && at + octets <= start + c->buflen);
    assert_int_equal(at % align, 0);
}

static void assert_hostent(const struct call *c, const char *canonical, unsigned addresses)
{
    const struct hostent *host = &c->host;
    unsigned n = 0;

    assert_inside(c, host->h_name, strlen(host->h_name) + 1, 1);
    assert_string_equal(host->h_name, canonical);
    assert_inside(c, host->h_aliases, sizeof(char *), alignof(char *));
    if (strcmp(canonical, c->name) == 0) {
        assert_null(host->h_aliases[0]);
    } else {
        assert_inside(c, host->h_aliases, 2 * sizeof(char *), alignof(char *));
        assert_inside(c, host->h_aliases[0], strlen(c->name) + 1, 1);
        assert_string_equal(host->h_aliases[0], c->name);
        assert_null(host->h_aliases[1]);
    }
    assert_int_equal(host->h_length, host->h_addrtype == AF_INET6 ? 16 : 4);
    assert_inside(c, host->h_addr_list, (addresses + 1) * sizeof(char *), alignof(char *));
    for (; host->h_addr_list[n] != NULL; n++)
        assert_inside(c, host->h_addr_list[n], (size_t)host->h_length, alignof(struct in_addr));
    assert_int_equal(n, addresses);
}

static void assert_tuples(const struct call *c, const char *canonical, unsigned addresses)
{
    const struct gaih_addrtuple *tuple = c->tuples;
    unsigned n = 0;

    if (c->function == BY_NAME4_GIVEN)
        assert_ptr_equal(tuple, &c->given);
    for (; tuple != NULL; tuple = tuple->next, n++) {
        if (tuple != &c->given)
            assert_inside(c, tuple, sizeof *tuple, alignof(struct gaih_addrtuple));
        assert_true(tuple->family == AF_INET || tuple->family == AF_INET6);
        assert_int_equal(tuple->scopeid, 0);
        assert_inside(c, tuple->name, strlen(tuple->name) + 1, 1);
        assert_string_equal(tuple->name, canonical);
    }
    assert_int_equal(n, addresses);
}

struct known {
    const char *name, *canonical;
    unsigned n4, n6;
};

static const struct known known_names[] = {
    {"both.example.net", "both.example.net", 2, 2},
    {"v4.example.net", "v4.example.net", 1, 0},
    {"v6.example.net", "v6.example.net", 0, 1},
    {"alias.example.net", "both.example.net", 1, 1},
    {"many.example.net", "many.example.net", 32, 32},
};

static unsigned expected_addresses(const struct known *known, enum function function)
{
    switch (function) {
    case BY_NAME:
    case BY_NAME2_INET:
        return known->n4;
    case BY_NAME2_INET6:
    case BY_NAME3:
        return known->n6;
    default:
        return known->n4 + known->n6;
    }
}

/* The shortest length that does; every shorter one must give ERANGE and write nothing behind it. */
static size_t shortest(const struct known *known, enum function function, size_t offset)
{
    static unsigned char area[GUARD + ROOM + GUARD];
    struct call c = {.function = function, .name = known->name};

    c.buffer = (char *)area + GUARD + offset;
    for (c.buflen = 0; c.buflen < ROOM - GUARD; c.buflen++) {
        size_t end = GUARD + offset + c.buflen;
        enum nss_status status;

        memset(area, CANARY, sizeof area);
        c.error = EDOM;
        c.h_error = TRY_AGAIN;
        status = make(&c);
        for (size_t i = 0; i < GUARD; i++)
            assert_true(area[i] == CANARY && area[end + i] == CANARY);
        if (status == NSS_STATUS_SUCCESS)
            break;
        assert_int_equal(status, NSS_STATUS_TRYAGAIN);
        assert_int_equal(c.error, ERANGE);
        assert_int_equal(c.h_error, NETDB_INTERNAL);
    }
    assert_true(c.buflen < ROOM - GUARD);
    assert_int_equal(c.error, EDOM);
    assert_int_equal(c.h_error, NETDB_SUCCESS);
    if (function == BY_NAME4 || function == BY_NAME4_GIVEN)
        assert_tuples(&c, known->canonical, expected_addresses(known, function));
    else
        assert_hostent(&c, known->canonical, expected_addresses(known, function));
    if (function == BY_NAME3)
        assert_ptr_equal(c.canonical, c.host.h_name);
    if (function >= BY_NAME3)
        assert_int_equal(c.ttl, TTL);
    return c.buflen;
}

static void test_every_buffer_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known_names / sizeof *known_names; i++)
        for (int function = BY_NAME; function <= BY_NAME4_GIVEN; function++) {
            const struct known *known = &known_names[i];
            bool many = known->n4 + known->n6 > 8;

            if (expected_addresses(known, (enum function)function) == 0)
                continue;
            for (size_t offset = 0; offset < (many ? 2 : 17); offset++)
                shortest(known, (enum function)function, offset);
        }
}

/* What gethostbyname_r's callers usually pass: else the whole chain, DNS's silence included, is
 * gone through again. */
static void test_eight_addresses_fit_in_1024(void **state)
{
    char name[254], canonical[254];
    struct known known = {name, canonical, 8, 8};

    (void)state;
    memset(name, 'a', sizeof name);
    name[253] = '\0';
    for (size_t i = 63; i < 253; i += 64)
        name[i] = '.';
    memcpy(canonical, name, sizeof name);
    canonical[0] = 'b';
    for (int function = BY_NAME; function <= BY_NAME4_GIVEN; function++)
        assert_in_range(shortest(&known, (enum function)function, 0), 1, 1024);
}

static void test_addresses_in_order(void **state)
{
    static const char *const want4[] = {"192.0.2.9", "192.0.2.1"};
    static const char *const want6[] = {"2001:db8::9", "2001:db8::1"};
    char buffer[1024], text[INET6_ADDRSTRLEN];
    struct call c = {.name = "both.example.net", .buffer = buffer, .buflen = sizeof buffer};

    (void)state;
    for (int six = 0; six < 2; six++) {
        c.function = six ? BY_NAME2_INET6 : BY_NAME2_INET;
        c.h_error = TRY_AGAIN;
        assert_int_equal(make(&c), NSS_STATUS_SUCCESS);
        for (unsigned i = 0; i < 2; i++) {
            inet_ntop(six ? AF_INET6 : AF_INET, c.host.h_addr_list[i], text, sizeof text);
            assert_string_equal(text, six ? want6[i] : want4[i]);
        }
    }
    c.function = BY_NAME4;
    c.h_error = TRY_AGAIN;
    assert_int_equal(make(&c), NSS_STATUS_SUCCESS);
    for (unsigned i = 0; i < 4; i++, c.tuples = c.tuples->next) {
        inet_ntop(c.tuples->family, c.tuples->addr, text, sizeof text);
        assert_string_equal(text, i < 2 ? want4[i] : want6[i - 2]);
    }
    assert_null(c.tuples);
}

static void test_ttl_and_canonical_may_be_null(void **state)
{
    struct hostent host;
    struct gaih_addrtuple *tuples = NULL;
    char buffer[1024];
    int error = 0, h_error = TRY_AGAIN;

    (void)state;
    assert_int_equal(entry.gethostbyname3("v4.example.net", AF_INET, &host, buffer, sizeof buffer,
                                          &error, &h_error, NULL, NULL),
                     NSS_STATUS_SUCCESS);
    h_error = TRY_AGAIN;
    assert_int_equal(entry.gethostbyname4("v4.example.net", &tuples, buffer, sizeof buffer, &error,
                                          &h_error, NULL),
                     NSS_STATUS_SUCCESS);
}

struct verdict {
    int standing; /* h_errno on entry */
    int error;    /* errno on entry */
    bool answers; /* after DNS; elsewhere always */
    enum nss_status status;
    int error_after, h_error_after;
};

static const struct verdict verdicts[] = {
    {TRY_AGAIN, ECONNREFUSED, true, NSS_STATUS_TRYAGAIN, EAGAIN, TRY_AGAIN},
    {TRY_AGAIN, ETIMEDOUT, true, NSS_STATUS_TRYAGAIN, EAGAIN, TRY_AGAIN},
    {NETDB_INTERNAL, EMFILE, true, NSS_STATUS_UNAVAIL, EMFILE, NETDB_INTERNAL},
    {NETDB_SUCCESS, 0, true, NSS_STATUS_NOTFOUND, ENOENT, HOST_NOT_FOUND},
    {HOST_NOT_FOUND, ENOENT, false, NSS_STATUS_NOTFOUND, ENOENT, HOST_NOT_FOUND},
    {HOST_NOT_FOUND, EMFILE, false, NSS_STATUS_NOTFOUND, ENOENT, HOST_NOT_FOUND},
    {NO_DATA, 0, false, NSS_STATUS_NOTFOUND, ENOENT, NO_DATA},
    {NO_RECOVERY, 0, false, NSS_STATUS_NOTFOUND, ENOENT, NO_RECOVERY},
    {4711, 0, false, NSS_STATUS_NOTFOUND, ENOENT, HOST_NOT_FOUND},
    /* What glibc's own services say in errno alone. */
    {NO_RECOVERY, EMSGSIZE, false, NSS_STATUS_UNAVAIL, EMSGSIZE, NO_RECOVERY},
    {NETDB_SUCCESS, EMFILE, true, NSS_STATUS_UNAVAIL, EMFILE, NETDB_SUCCESS},
    {NETDB_INTERNAL, EBUSY, false, NSS_STATUS_TRYAGAIN, EBUSY, TRY_AGAIN},
};

static void assert_miss(struct call *c, const struct verdict *verdict)
{
    c->error = verdict->error;
    c->h_error = verdict->standing;
    assert_int_equal(make(c), verdict->status);
    assert_int_equal(c->error, verdict->error_after);
    assert_int_equal(c->h_error, verdict->h_error_after);
}

static void test_verdicts(void **state)
{
    char buffer[4096];
    struct call c = {.buffer = buffer, .buflen = sizeof buffer};

    (void)state;
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        const struct verdict *verdict = &verdicts[i];

        for (int function = BY_NAME; function <= BY_NAME4_GIVEN; function++) {
            c.function = (enum function)function;
            c.name = "unknown.example.net";
            assert_miss(&c, verdict);
            c.name = "both.example.net";
            if (!verdict->answers && !is_free) {
                assert_miss(&c, verdict);
                continue;
            }
            c.error = verdict->error;
            c.h_error = verdict->standing;
            assert_int_equal(make(&c), NSS_STATUS_SUCCESS);
            assert_int_equal(c.error, verdict->error);
            assert_int_equal(c.h_error, NETDB_SUCCESS);
        }
    }
}

static void test_other_families_are_misses(void **state)
{
    static const int families[] = {AF_UNSPEC, AF_UNIX, AF_NETLINK, -1, 9999};
    struct hostent host;
    char buffer[1024];

    (void)state;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        int error = 0, h_error = TRY_AGAIN;

        assert_int_equal(entry.gethostbyname2("both.example.net", families[i], &host, buffer,
                                              sizeof buffer, &error, &h_error),
                         NSS_STATUS_TRYAGAIN);
        assert_int_equal(error, EAGAIN);
        assert_int_equal(h_error, TRY_AGAIN);
    }
}

static void test_family_without_addresses_is_a_miss(void **state)
{
    char buffer[1024];
    struct call c = {
        .function = BY_NAME2_INET6, .name = "v4.example.net", .buffer = buffer, .buflen = 1024};

    (void)state;
    assert_miss(&c, &verdicts[0]);
    c.function = BY_NAME2_INET;
    c.name = "v6.example.net";
    assert_miss(&c, &verdicts[0]);
}

static void test_odd_names_are_misses(void **state)
{
    static char long_name[100000], label[64 + sizeof ".example.net"];
    const char *const names[] = {
        "",          ".",          "..",           "both.example.net..", ".both.example.net",
        "both..net", "both",       "192.0.2.1",    "2001:db8::1",        "1",
        "-",         "\xff\xfe",   "both example", "both.example.net ",  "both.example.net\n",
        long_name,   "\x02",       "\x01",         "both.example.net/",  label,
        "a.b.c.1",   "0x7f000001",
    };
    char buffer[1024];
    struct call c = {.buffer = buffer, .buflen = sizeof buffer};

    (void)state;
    memset(long_name, 'a', sizeof long_name - 1);
    memset(label, 'a', 64);
    memcpy(label + 64, ".example.net", sizeof ".example.net");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (int function = BY_NAME; function <= BY_NAME4_GIVEN; function++) {
            c.function = (enum function)function;
            c.name = names[i];
            assert_miss(&c, &verdicts[0]);
        }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_buffer_length),
        cmocka_unit_test(test_eight_addresses_fit_in_1024),
        cmocka_unit_test(test_addresses_in_order),
        cmocka_unit_test(test_ttl_and_canonical_may_be_null),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_other_families_are_misses),
        cmocka_unit_test(test_family_without_addresses_is_a_miss),
        cmocka_unit_test(test_odd_names_are_misses),
    };

    is_free = argc > 1 && strcmp(argv[1], "free") == 0;
    entry_open(&entry);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
