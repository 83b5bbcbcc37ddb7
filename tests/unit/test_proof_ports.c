/* Where a name serves, by its first label; what is spoken at a port. */
#include "proof/ports.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_ports(const char *name, unsigned count, const uint16_t *expected)
{
    uint16_t ports[PORTS_MAX];

    assert_int_equal(ports_of(name, ports), count);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(ports[i], expected[i]);
}

#define PORTS(name, ...)                                                                           \
    assert_ports(name, sizeof((uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t),                       \
                 (uint16_t[]){__VA_ARGS__})

static void test_kinds(void **state)
{
    (void)state;
    PORTS("www.example.org", 443, 80);
    PORTS("smtp.example.org", 443, 587, 25, 80);
    PORTS("smtp-relay.example.org", 443, 587, 25, 80);
    PORTS("mx2.example.org", 443, 25, 80);
    PORTS("mail.example.org", 443, 25, 993, 80);
    PORTS("imap.example.org", 443, 993, 80);
    PORTS("dns.example.org", 443, 853, 80);
    PORTS("git.example.org", 443, 22, 80);
    PORTS("github.com", 443, 80);
    PORTS("mailing.example.org", 443, 80);
    PORTS("mx", 443, 80);
    PORTS("example.mail.org", 443, 80);
}

static void test_ways(void **state)
{
    (void)state;
    assert_int_equal(port_way(443), PORT_HTTPS);
    assert_int_equal(port_way(25), PORT_SMTP);
    assert_int_equal(port_way(587), PORT_SMTP);
    assert_int_equal(port_way(22), PORT_SSH);
    assert_int_equal(port_way(80), PORT_PLAIN);
    assert_int_equal(port_way(853), PORT_TLS);
    assert_int_equal(port_way(993), PORT_TLS);
    assert_int_equal(port_way(1), PORT_TLS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kinds), cmocka_unit_test(test_ways)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
