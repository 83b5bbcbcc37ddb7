/* The host in a URL, or in a word. */
#include "mentions/host_word.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct piece piece_of(const char *text)
{
    return (struct piece){text, strlen(text)};
}

static void test_words(void **state)
{
    static const struct {
        const char *text;
        unsigned forms;
        const char *host; /* NULL: none */
    } cases[] = {
        {"a.example.org", 0, "a.example.org"},
        {"a.example.org:80", 0, "a.example.org"},
        {"a.example.org::587", 0, "a.example.org"},
        {"a.example.org:", 0, "a.example.org"},
        {"u@a.example.org:80", 0, "a.example.org"},
        {"[a.example.org]:587", 0, "a.example.org"},
        {"[a.example.org]", 0, "a.example.org"},
        {"[a.example.org", 0, NULL},
        {"[a.example.org]x", 0, NULL},
        {"[2001:db8::1]:25", 0, NULL},
        {"2001:db8::1", 0, NULL},
        {"fe80::1", 0, NULL},
        {"FILE:/var/log/kdc.log", 0, NULL},
        {"unix:/run/x.sock", HOST_SLASH, NULL},
        {"nas:/export", HOST_PATH, "nas"},
        {"nas:/export", 0, NULL},
        {"git@a.example.org:x/y.git", HOST_PATH, "a.example.org"},
        {"a.example.org:5000/x:1", HOST_SLASH, "a.example.org"},
        {"a.example.org/x@sha256:00", HOST_SLASH, "a.example.org"},
        {"a.example.org/x", 0, NULL},
        {"nginx:1.25", HOST_SLASH, NULL},
        {"//a.example.org/share", 0, "a.example.org"},
        {"/export", HOST_PATH | HOST_SLASH, NULL},
        {"https://a.example.org/x", 0, "a.example.org"},
        {"x=https://a.example.org", 0, "a.example.org"},
        {"file:///x", 0, NULL},
        {"[", 0, NULL},
        {"@", 0, NULL},
        {":", 0, NULL},
        {"", 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct piece host = {"", 0};
        bool is = host_of_word(piece_of(cases[i].text), cases[i].forms, &host);

        if (is != (cases[i].host != NULL) || (is && !piece_is(host, cases[i].host)))
            fail_msg("`%s' gives `%.*s'", cases[i].text, (int)host.len, host.text);
    }
}

static void test_urls(void **state)
{
    static const struct {
        const char *text, *hosts; /* each with a blank behind */
    } cases[] = {
        {"https://a.example.org/x?u=y", "a.example.org "},
        {"see (https://a.example.org), http://b.example.org:80.", "a.example.org b.example.org "},
        {"ssh://git:p@ss@a.example.org:22/x", "a.example.org "},
        {"sparse+https://a.example.org", "a.example.org "},
        {"\"https://a.example.org\",'http://b.example.org'", "a.example.org b.example.org "},
        {"https://[2001:db8::1]:443/", " "},
        {"file:///etc/x unix:///run/x fd://3", "   "},
        {"://a.example.org", " "},
        {"https://${host}/x", "$ "},
        {"https://a.example.org,direct", "a.example.org "},
        {"https://", " "},
        {"http:/a.example.org", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct piece rest = piece_of(cases[i].text), host;
        char hosts[256] = "";

        while (host_of_next_url(&rest, &host))
            sprintf(hosts + strlen(hosts), "%.*s ", (int)host.len, host.text);
        if (strcmp(hosts, cases[i].hosts) != 0)
            fail_msg("`%s' gives `%s'", cases[i].text, hosts);
    }
}

static void test_next_word(void **state)
{
    struct piece rest = piece_of("  a, \"b c\";d\t'' "), word;
    char words[64] = "";

    (void)state;
    while (next_word(&rest, &word))
        sprintf(words + strlen(words), "<%.*s>", (int)word.len, word.text);
    assert_string_equal(words, "<a><b><c><d>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words), cmocka_unit_test(test_urls),
                                       cmocka_unit_test(test_next_word)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
