/* What enable and disable make of a hosts line. tests/nss runs glibc on the same. */
#include "hosts_line/edit.h"
#include "hosts_line/undo.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define OUTAGE "gitdns_outage [TRYAGAIN=return]"
#define PLAIN_DNS ((struct hosts_facts){.stub = false})
#define STUB ((struct hosts_facts){.stub = true})
#define NSCD ((struct hosts_facts){.nscd = true})

static struct hosts_text text_of(const char *line)
{
    struct hosts_text text;

    assert_true(hosts_text_set(&text, line, strlen(line)));
    return text;
}

static void assert_text(const struct hosts_text *text, const char *line)
{
    if (text->len != strlen(line) || memcmp(text->octets, line, text->len) != 0)
        fail_msg("`%.*s' instead of `%s'", (int)text->len, text->octets, line);
}

struct edit {
    const char *from, *to;
};

/* There and back: with what was saved, to the octet. */
static void check_edits(const struct edit *edits, size_t n, struct hosts_facts facts)
{
    for (size_t i = 0; i < n; i++) {
        struct hosts_undo saved = {.was = text_of(edits[i].from)};
        struct hosts_refusal refusal;
        struct hosts_text out;
        enum hosts_edit done = hosts_enable(&saved.was, &facts, &saved.now, &refusal);

        if (done == HOSTS_REFUSED)
            fail_msg("`%s' is refused: %s", edits[i].from, refusal.reason);
        assert_text(&saved.now, edits[i].to);
        assert_int_equal(hosts_enable(&saved.now, &facts, &out, &refusal), HOSTS_UNCHANGED);
        assert_text(&out, edits[i].to);
        assert_int_equal(hosts_disable(&saved.now, &saved, &out, &refusal), HOSTS_CHANGED);
        assert_text(&out, edits[i].from);
    }
}

static void test_lines(void **state)
{
    static const struct edit plain[] = {
        {"hosts:          files dns", "hosts:          files " OUTAGE " dns gitdns"},
        {"hosts: files mdns4_minimal [NOTFOUND=return] dns myhostname",
         "hosts: files mdns4_minimal [NOTFOUND=return] " OUTAGE " dns gitdns myhostname"},
        {"hosts:\tfiles\tdns\twins\t", "hosts:\tfiles\t" OUTAGE " dns gitdns\twins\t"},
        {"  hosts :dns", "  hosts :" OUTAGE " dns gitdns"},
        {"hosts files dns\r", "hosts files " OUTAGE " dns gitdns\r"},
        {"hosts: files dns [NOTFOUND=return]",
         "hosts: files " OUTAGE " dns [NOTFOUND=return] gitdns"},
        {"hosts: files dns[ notfound = RETURN ]wins",
         "hosts: files " OUTAGE " dns[ notfound = RETURN ] gitdns wins"},
        {"hosts: files[NOTFOUND=continue]dns",
         "hosts: files[NOTFOUND=continue]" OUTAGE " dns gitdns"},
        {"hosts: files dns # DNS, then none",
         "hosts: files " OUTAGE " dns gitdns # DNS, then none"},
    };
    static const struct edit stub[] = {
        {"hosts: files resolve [!UNAVAIL=return] dns", "hosts: files " OUTAGE " dns gitdns"},
        {"hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns",
         "hosts: mymachines files myhostname " OUTAGE " dns gitdns"},
        {"hosts: files myhostname  resolve", "hosts: files myhostname  " OUTAGE " dns gitdns"},
        {"hosts: resolve[!UNAVAIL=return]dns", "hosts: " OUTAGE " dns gitdns"},
        {"hosts: dns resolve [!UNAVAIL=return]", "hosts: " OUTAGE " dns gitdns"},
    };
    static const struct edit nscd[] = {
        {"hosts: files dns", "hosts: files " OUTAGE " dns [NOTFOUND=return] gitdns"},
        {"hosts: files dns [NOTFOUND=return] myhostname",
         "hosts: files " OUTAGE " dns [NOTFOUND=return] gitdns myhostname"},
    };

    (void)state;
    check_edits(plain, sizeof plain / sizeof *plain, PLAIN_DNS);
    check_edits(stub, sizeof stub / sizeof *stub, STUB);
    check_edits(nscd, sizeof nscd / sizeof *nscd, NSCD);
}

/* From lines that have some of it, or have it in the wrong place. */
static void test_mended(void **state)
{
    static const struct edit edits[] = {
        {"hosts: files dns gitdns", "hosts: files " OUTAGE " dns gitdns"},
        {"hosts: files dns myhostname gitdns", "hosts: files " OUTAGE " dns gitdns myhostname"},
        {"hosts: files gitdns_outage dns gitdns", "hosts: files " OUTAGE " dns gitdns"},
        {"hosts: files " OUTAGE " dns", "hosts: files " OUTAGE " dns gitdns"},
        {"hosts: files dns gitdns " OUTAGE, "hosts: files " OUTAGE " dns gitdns"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        struct hosts_text in = text_of(edits[i].from), out;
        struct hosts_refusal refusal;

        assert_int_equal(hosts_enable(&in, &PLAIN_DNS, &out, &refusal), HOSTS_CHANGED);
        assert_text(&out, edits[i].to);
    }
}

static void test_left_alone(void **state)
{
    static const char *const lines[] = {
        "hosts: files gitdns dns",
        "hosts: files gitdns",
        "hosts: files " OUTAGE " mdns4_minimal [NOTFOUND=return] dns gitdns",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct hosts_text in = text_of(lines[i]), out;
        struct hosts_refusal refusal;

        assert_int_equal(hosts_enable(&in, &PLAIN_DNS, &out, &refusal), HOSTS_UNCHANGED);
        assert_text(&out, lines[i]);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *line;
        struct hosts_facts facts;
        const char *reason; /* part of it */
        const char *proposal;
    } refused[] = {
        {"hosts: files resolve [!UNAVAIL=return] dns",
         {.stub = false},
         "does not name systemd-resolved",
         "hosts: files " OUTAGE " dns gitdns"},
        {"hosts: dns [!UNAVAIL=return] files",
         {.stub = false},
         "dns and its actions end the look-up",
         "hosts: " OUTAGE " dns [NOTFOUND=return] gitdns files"},
        {"hosts: files [NOTFOUND=return] dns",
         {.stub = false},
         "files and its actions end the look-up",
         "hosts: files " OUTAGE " dns gitdns"},
        {"hosts: files", {.stub = false}, "does not ask DNS", "hosts: files gitdns"},
        {"hosts: files dns dns", {.stub = false}, "twice", NULL},
        {"hosts: files dns # dns", {.stub = false}, "twice", NULL},
        {"hosts: files [SUCCESS=merge] dns", {.stub = false}, "SUCCESS", NULL},
        {"hosts: files dns [NOTFOUND=] x", {.stub = false}, "not understood", NULL},
        {"hosts: files dns [NOTFOUND=return] [X", {.stub = false}, "too odd", NULL},
        {"hosts:", {.stub = false}, "not understood", NULL},
        {"hosts: a b c d e f g h i j k l m n dns", {.stub = false}, "services already", NULL},
        {"hosts: files dns myhostname",
         {.nscd = true},
         "hide names",
         "hosts: files myhostname " OUTAGE " dns [NOTFOUND=return] gitdns"},
        {"hosts: files dns [UNAVAIL=continue TRYAGAIN=continue NOTFOUND=merge]",
         {.nscd = true},
         "needs [NOTFOUND=return]",
         NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct hosts_text in = text_of(refused[i].line), out;
        struct hosts_refusal refusal;

        if (hosts_enable(&in, &refused[i].facts, &out, &refusal) != HOSTS_REFUSED)
            fail_msg("`%s' is not refused", refused[i].line);
        if (strstr(refusal.reason, refused[i].reason) == NULL)
            fail_msg("`%s' is refused because `%s'", refused[i].line, refusal.reason);
        if (refused[i].proposal != NULL)
            assert_string_equal(refusal.line, refused[i].proposal);
    }
}

static void test_too_long(void **state)
{
    char line[HOSTS_LINE_MAX + 1];
    struct hosts_text in, out;
    struct hosts_refusal refusal;

    (void)state;
    for (size_t pad = HOSTS_LINE_MAX - 100; pad <= HOSTS_LINE_MAX - 11; pad++) {
        enum hosts_edit done;

        memset(line, ' ', sizeof line);
        memcpy(line, "hosts:", 6);
        memcpy(line + 6 + pad, " dns", 4);
        assert_true(hosts_text_set(&in, line, 6 + pad + 4));
        done = hosts_enable(&in, &PLAIN_DNS, &out, &refusal);
        assert_int_equal(done, in.len + strlen(OUTAGE "  gitdns") <= HOSTS_LINE_MAX
                                   ? HOSTS_CHANGED
                                   : HOSTS_REFUSED);
    }
    assert_false(hosts_text_set(&in, line, HOSTS_LINE_MAX + 1));
}

/* Other packages' scripts have edited the line since. `now`: what is found; `back`: what is left.
 */
static void test_disable_after_others(void **state)
{
    static const struct {
        struct hosts_facts facts;
        const char *was, *now, *back;
    } found[] = {
        /* Beside what enable wrote: what it replaced comes back. */
        {{.stub = true},
         "hosts: files resolve [!UNAVAIL=return] dns",
         "hosts: files myhostname " OUTAGE " dns gitdns",
         "hosts: files myhostname resolve [!UNAVAIL=return] dns"},
        {{.nscd = true},
         "hosts: files dns",
         "hosts: files " OUTAGE " dns [NOTFOUND=return] gitdns wins",
         "hosts: files dns wins"},
        /* In its midst: our own words alone go. */
        {{.stub = false},
         "hosts: files  dns",
         "hosts: files  " OUTAGE " mdns4_minimal [NOTFOUND=return] dns gitdns",
         "hosts: files  mdns4_minimal [NOTFOUND=return] dns"},
        {{.stub = false},
         "hosts: files dns",
         "hosts: files gitdns_outage dns\t[NOTFOUND=return]\tgitdns [NOTFOUND=continue]\tx",
         "hosts: files dns\t[NOTFOUND=return]\tx"},
        {{.stub = false}, "hosts: files dns", "hosts: gitdns files", "hosts: files"},
        {{.stub = false}, "hosts: files dns", "hosts:gitdns files", "hosts: files"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        struct hosts_undo saved = {.was = text_of(found[i].was)};
        struct hosts_text in = text_of(found[i].now), out;
        struct hosts_refusal refusal;

        assert_int_equal(hosts_enable(&saved.was, &found[i].facts, &saved.now, &refusal),
                         HOSTS_CHANGED);
        assert_int_equal(hosts_disable(&in, &saved, &out, &refusal), HOSTS_CHANGED);
        assert_text(&out, found[i].back);
    }
}

static void test_disable_without_memory(void **state)
{
    static const struct edit edits[] = {
        {"hosts:  files " OUTAGE " dns gitdns", "hosts:  files dns"},
        {"hosts: files gitdns", "hosts: files"},
        {"hosts: " OUTAGE "dns gitdns [NOTFOUND=continue]wins", "hosts: dns wins"},
    };
    struct hosts_refusal refusal;
    struct hosts_text in, out;

    (void)state;
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        in = text_of(edits[i].from);
        assert_int_equal(hosts_disable(&in, NULL, &out, &refusal), HOSTS_CHANGED);
        assert_text(&out, edits[i].to);
    }
    in = text_of("hosts: files dns");
    assert_int_equal(hosts_disable(&in, NULL, &out, &refusal), HOSTS_UNCHANGED);
    in = text_of("hosts: gitdns");
    assert_int_equal(hosts_disable(&in, NULL, &out, &refusal), HOSTS_REFUSED);
    /* A memory that is not of this line, or would put us back, is not used. */
    in = text_of("hosts: files dns gitdns");
    assert_int_equal(hosts_disable(&in,
                                   &(struct hosts_undo){.was = text_of("hosts: gitdns dns"),
                                                        .now = text_of("hosts: files dns gitdns")},
                                   &out, &refusal),
                     HOSTS_CHANGED);
    assert_text(&out, "hosts: files dns");
}

static void test_find(void **state)
{
    static const struct {
        const char *text;
        size_t number, offset, len;
    } files[] = {
        {"passwd: files\nhosts: files dns\n", 2, 14, 16},
        {"hosts: a\n#hosts: b\nhosts: c\nHosts: d\nhostsx: e\n", 3, 19, 8},
        {"hosts: files dns", 0, 0, 0},
        {"hosts: a\nhosts: b", 1, 0, 8},
        {"", 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t offset = 0, len = 0;

        assert_int_equal(hosts_text_find(files[i].text, strlen(files[i].text), &offset, &len),
                         files[i].number);
        assert_int_equal(offset, files[i].offset);
        assert_int_equal(len, files[i].len);
    }
}

static void test_saved(void **state)
{
    struct hosts_undo saved = {.was = text_of("hosts: files dns\r"), .now = text_of(" hosts: x ")};
    struct hosts_undo back;
    char text[UNDO_MAX_OCTETS];
    size_t len = undo_format(&saved, text);

    (void)state;
    assert_true(undo_parse(text, len, &back));
    assert_text(&back.was, "hosts: files dns\r");
    assert_text(&back.now, " hosts: x ");
    for (size_t cut = 0; cut < len; cut++)
        assert_false(undo_parse(text, cut, &back));
    memset(saved.was.octets, 'x', saved.was.len = HOSTS_LINE_MAX);
    memset(saved.now.octets, 'y', saved.now.len = HOSTS_LINE_MAX);
    len = undo_format(&saved, text);
    assert_true(len <= sizeof text && undo_parse(text, len, &back));
    assert_int_equal(back.now.len, HOSTS_LINE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_mended),
        cmocka_unit_test(test_left_alone),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_disable_after_others),
        cmocka_unit_test(test_disable_without_memory),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_saved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
