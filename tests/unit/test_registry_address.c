#include "base/error.h"
#include "registry/address.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* A refused range by its first and last address, and its public neighbours where it has any. */
static const struct {
    const char *before, *first, *last, *after;
} refused[] = {
    {NULL, "0.0.0.0", "0.255.255.255", "1.0.0.0"},
    {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
    {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
    {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
    {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
    {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
    {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
    {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
    {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
    {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
    {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
    {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
    {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
    {"223.255.255.255", "224.0.0.0", "239.255.255.255", NULL},
    {NULL, "240.0.0.0", "255.255.255.255", NULL},
    {NULL, "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"},
    {"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
     "2001:200::"},
    {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
     "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
    {"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "2003::"},
    {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
     "3fff:1000::"},
    {"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     NULL},
};

static const char *const refused_inside[] = {"::1",     "::ffff:8.8.8.8", "64:ff9b::808:808",
                                             "100::1",  "5f00::1",        "fe80::1",
                                             "fc00::1", "fd00::1",        "ff02::1"};

static void check_public(const char *text, int want)
{
    unsigned char address[ADDRESS_MAX_OCTETS];
    int octets;

    if (text == NULL)
        return;
    octets = address_parse(text, strlen(text), address);
    assert_int_equal(octets, strchr(text, ':') != NULL ? 16 : 4);
    if (address_check_public(address, (size_t)octets) != want)
        fail_msg("%s: not %s", text, want == 0 ? "let through" : "refused");
}

static void test_refused_ranges(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        check_public(refused[i].before, 0);
        check_public(refused[i].first, E_ADDRESS_REFUSED);
        check_public(refused[i].last, E_ADDRESS_REFUSED);
        check_public(refused[i].after, 0);
    }
    for (size_t i = 0; i < sizeof refused_inside / sizeof *refused_inside; i++)
        check_public(refused_inside[i], E_ADDRESS_REFUSED);
}

static void test_private_ranges(void **state)
{
    static const struct {
        const char *text;
        int want;
    } cases[] = {
        {"8.8.8.8", 0},
        {"2001:4860::8888", 0},
        {"10.0.0.0", 0},
        {"10.255.255.255", 0},
        {"100.64.0.0", 0},
        {"100.127.255.255", 0},
        {"172.16.0.0", 0},
        {"172.31.255.255", 0},
        {"192.168.0.0", 0},
        {"192.168.255.255", 0},
        {"fc00::", 0},
        {"fdff:ffff::1", 0},
        {"0.0.0.0", E_ADDRESS_REFUSED},
        {"127.0.0.1", E_ADDRESS_REFUSED},
        {"169.254.169.254", E_ADDRESS_REFUSED},
        {"192.0.2.1", E_ADDRESS_REFUSED},
        {"198.18.0.1", E_ADDRESS_REFUSED},
        {"224.0.0.251", E_ADDRESS_REFUSED},
        {"255.255.255.255", E_ADDRESS_REFUSED},
        {"::", E_ADDRESS_REFUSED},
        {"::1", E_ADDRESS_REFUSED},
        {"::ffff:10.0.0.1", E_ADDRESS_REFUSED},
        {"fbff::1", E_ADDRESS_REFUSED},
        {"fe80::1", E_ADDRESS_REFUSED},
        {"ff02::fb", E_ADDRESS_REFUSED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char address[ADDRESS_MAX_OCTETS];
        int octets = address_parse(cases[i].text, strlen(cases[i].text), address);

        if (address_check_private(address, (size_t)octets) != cases[i].want)
            fail_msg("%s: not %s", cases[i].text, cases[i].want == 0 ? "let through" : "refused");
    }
}

static void test_parse(void **state)
{
    static const char *const bad[] = {"",
                                      "1",
                                      "1.2.3",
                                      "1.2.3.",
                                      "1.2.3.4.5",
                                      "1.2.3.256",
                                      "1.2.3.-4",
                                      "0x1.2.3.4",
                                      " 1.2.3.4",
                                      "1.2.3.4 ",
                                      "1.2.3.4/8",
                                      ":",
                                      ":::",
                                      "1::2::3",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "fe80::1%lo",
                                      "::g",
                                      "::12345",
                                      "[::1]",
                                      "0000:0000:0000:0000:0000:0000:0000:0000:00000000"};
    unsigned char address[ADDRESS_MAX_OCTETS];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (address_parse(bad[i], strlen(bad[i]), address) != E_ADDRESS_SYNTAX)
            fail_msg("`%s' is an address", bad[i]);
    assert_int_equal(address_parse("1.2.3.4\0", 8, address), E_ADDRESS_SYNTAX);
    assert_int_equal(address_parse("::1\0.2.3.4", 10, address), E_ADDRESS_SYNTAX);
    /* Only `len` octets count. */
    assert_int_equal(address_parse("1.2.3.45", 7, address), 4);
    assert_memory_equal(address, "\1\2\3\4", 4);
    /* The longest text that inet_ntop gives. */
    assert_int_equal(address_parse("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", 45, address),
                     16);
}

static void check_format(const unsigned char *address, size_t octets)
{
    char want[INET6_ADDRSTRLEN], got[INET6_ADDRSTRLEN];
    unsigned char again[ADDRESS_MAX_OCTETS];
    size_t len = address_format(address, octets, got);

    inet_ntop(octets == 4 ? AF_INET : AF_INET6, address, want, sizeof want);
    assert_int_equal(len, strlen(want));
    assert_memory_equal(got, want, len);
    assert_int_equal(address_parse(got, len, again), octets);
    assert_memory_equal(again, address, octets);
}

static void test_format(void **state)
{
    (void)state;
    for (size_t place = 0; place < 4; place++)
        for (int value = 0; value < 256; value++) {
            unsigned char address[4] = {1, 10, 100, 255};

            address[place] = (unsigned char)value;
            check_format(address, 4);
        }
    /* Every pattern of zero and other words, these of one to four digits. */
    for (unsigned pattern = 0; pattern < 256; pattern++)
        for (unsigned digits = 0; digits < 4; digits++) {
            unsigned char address[16] = {0};

            for (unsigned i = 0; i < 8; i++)
                if (pattern >> i & 1) {
                    unsigned word = (0xfedc - i) >> 4 * ((i + digits) % 4);

                    address[2 * i] = (unsigned char)(word >> 8);
                    address[2 * i + 1] = (unsigned char)word;
                }
            check_format(address, 16);
        }
    /* The edges between numbers of digits. */
    for (unsigned word = 0; word < 0x10000; word++) {
        unsigned char address[16] = {0x20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};

        address[6] = address[14] = (unsigned char)(word >> 8);
        address[7] = address[15] = (unsigned char)word;
        check_format(address, 16);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused_ranges),
        cmocka_unit_test(test_private_ranges),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_format),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
