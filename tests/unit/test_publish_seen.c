/* The publisher's memory: what is saved, held, and forgotten. */
#include "base/error.h"
#include "publish/name_findings.h"
#include "publish/seen.h"
#include "publish/seen_line.h"
#include "scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <zlib.h>

#include <cmocka.h>

#define HOLD 3

struct world {
    struct scratch scratch;
    struct state_folder folder;
    struct records *records;
    enum admission usual;
    uint64_t refused;
};

static void open_world(struct world *w)
{
    scratch_open(&w->scratch);
    w->folder.directory = w->scratch.directory;
    strcpy(w->folder.path, w->scratch.path);
    w->records = NULL;
    w->usual = ADMIT_PUBLIC;
}

static void close_world(struct world *w)
{
    records_free(w->records);
    scratch_close(&w->scratch);
}

/* A new run begins: names, each with its findings, and perhaps what was seen. */
static void begin(struct world *w)
{
    records_free(w->records);
    assert_int_equal(records_new(&w->records), 0);
    records_rank(w->records);
}

static uint32_t add_name(struct world *w, const char *name, enum finding a, enum finding aaaa)
{
    uint32_t id;

    assert_int_equal(records_name(w->records, name, strlen(name)), 1);
    id = records_find(w->records, name, strlen(name));
    records_set_mark(w->records, id, findings_note(findings_note(0, A, a), AAAA, aaaa));
    return id;
}

static void see(struct world *w, uint32_t id, const char *text)
{
    unsigned char address[ADDRESS_MAX_OCTETS];
    int octets = address_parse(text, strlen(text), address);

    assert_true(octets > 0);
    assert_int_equal(records_hold(w->records, id, address, (size_t)octets, 0, 0), 0);
}

/* Loads what is held, sorts, and compares with registry text. */
static uint64_t load(struct world *w, uint32_t serial, const char *want)
{
    struct records_walk walk = {.next = 0};
    struct problem problem;
    struct record record;
    const struct seen_rule rule = {.serial = serial, .hold = HOLD, .usual = w->usual};
    struct seen_counts counts = {0};
    char text[8192], *p = text;

    assert_int_equal(seen_load(&w->folder, &rule, w->records, &counts, &problem), 0);
    records_sort(w->records);
    while (records_next(w->records, &walk, &record) > 0)
        p += text_format(&record, p);
    *p = '\0';
    assert_string_equal(text, want);
    w->refused = counts.refused;
    return counts.held;
}

static void save(struct world *w, uint32_t serial, uint32_t published)
{
    struct problem problem;

    assert_int_equal(seen_save(&w->folder, w->records, serial, published, &problem), 0);
}

/* What the file says. */
static void expect_file(const struct world *w, const char *want)
{
    gzFile file = gzopen(scratch_path(&w->scratch, SEEN_FILE), "rb");
    char text[8192];
    int n = gzread(file, text, sizeof text - 1);

    assert_true(n >= 0);
    text[n] = '\0';
    gzclose(file);
    assert_string_equal(text, want);
}

static void write_file(const struct world *w, const char *text)
{
    gzFile file = gzopen(scratch_path(&w->scratch, SEEN_FILE), "wb");

    assert_true(text[0] == '\0' || gzputs(file, text) > 0);
    gzclose(file);
}

static void test_hold(void **state)
{
    struct world w;
    uint32_t id;

    (void)state;
    open_world(&w);
    begin(&w);
    id = add_name(&w, "a.org", FINDING_FOUND, FINDING_NODATA);
    see(&w, id, "8.8.8.8");
    assert_int_equal(records_alias(w.records, id, "b.net", 5), 0);
    /* The first run: there is no file. */
    assert_int_equal(load(&w, 1, "a.org 8.8.8.8 cname=b.net\n"), 0);
    save(&w, 1, 1);
    expect_file(&w, "gitdns seen 1 1\na.org 8.8.8.8/0/0 cname=b.net\nend 1\n");
    for (uint32_t serial = 2; serial <= 2 + HOLD; serial++) {
        begin(&w);
        id = add_name(&w, "a.org", FINDING_FOUND, FINDING_FAILED);
        see(&w, id, "8.8.4.4");
        load(&w, serial, serial - 1 <= HOLD ? "a.org 8.8.4.4 8.8.8.8\n" : "a.org 8.8.4.4\n");
        save(&w, serial, serial);
    }
    expect_file(&w, "gitdns seen 1 5\na.org 8.8.4.4/0/3\nend 1\n");
    /* Then it does not answer any more. */
    for (uint32_t serial = 6; serial <= 6 + HOLD; serial++) {
        begin(&w);
        add_name(&w, "a.org", FINDING_FAILED, FINDING_NODATA);
        assert_int_equal(load(&w, serial, serial - 5 <= HOLD ? "a.org 8.8.4.4\n" : ""),
                         serial - 5 <= HOLD);
        save(&w, serial, serial);
    }
    close_world(&w);
}

static void test_verdicts(void **state)
{
    static const struct {
        enum finding a, aaaa;
        const char *want;
    } cases[] = {
        {FINDING_FAILED, FINDING_FAILED, "a.org 8.8.8.8 2001:4860::8 cname=b.net\n"},
        {FINDING_FAILED, FINDING_NODATA, "a.org 8.8.8.8 cname=b.net\n"},
        {FINDING_NODATA, FINDING_FAILED, "a.org 2001:4860::8 cname=b.net\n"},
        {FINDING_NODATA, FINDING_NODATA, ""},
        {FINDING_NXDOMAIN, FINDING_NXDOMAIN, ""},
        {FINDING_NXDOMAIN, FINDING_FAILED, ""},
        {FINDING_FAILED, FINDING_NXDOMAIN, ""},
        {FINDING_NODATA, FINDING_NXDOMAIN, ""},
        {FINDING_FOUND, FINDING_FAILED, "a.org 8.8.8.1 8.8.8.8 2001:4860::8\n"},
        {FINDING_FOUND, FINDING_NODATA, "a.org 8.8.8.1 8.8.8.8\n"},
        /* Some servers say NXDOMAIN where they mean that there is no AAAA. */
        {FINDING_FOUND, FINDING_NXDOMAIN, "a.org 8.8.8.1 8.8.8.8\n"},
    };
    struct world w;

    (void)state;
    open_world(&w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t id;

        write_file(&w, "gitdns seen 1 1\na.org 8.8.8.8/0/0 2001:4860::8/0/0 cname=b.net\n"
                       "gone.org 8.8.8.8/0/0\nend 2\n");
        begin(&w);
        id = add_name(&w, "a.org", cases[i].a, cases[i].aaaa);
        if (cases[i].a == FINDING_FOUND)
            see(&w, id, "8.8.8.1");
        load(&w, 2, cases[i].want);
    }
    close_world(&w);
}

/* The finding that says more stays, in whatever order the samples came. */
static void test_notes(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 4; a++) {
        for (unsigned b = 0; b < 4; b++) {
            uint8_t octet = findings_note(findings_note(0, AAAA, a), AAAA, b);

            assert_int_equal(findings_of(octet, AAAA), a > b ? a : b);
            assert_int_equal(findings_asked(octet, AAAA),
                             b == FINDING_FAILED ? ASKED_FAILED : ASKED);
            assert_int_equal(findings_asked(octet, A), NOT_ASKED);
            assert_int_equal(findings_of(octet, A), FINDING_FAILED);
            octet = findings_next_sample(octet);
            assert_int_equal(findings_of(octet, AAAA), a > b ? a : b);
            assert_int_equal(findings_asked(octet, AAAA), NOT_ASKED);
        }
    }
}

/* No serial has passed if nothing was published. */
static void test_unchanged(void **state)
{
    struct world w;
    uint32_t id;

    (void)state;
    open_world(&w);
    write_file(&w, "gitdns seen 1 7\na.org 8.8.8.1/0/4 8.8.8.2/1/4\nend 1\n");
    begin(&w);
    id = add_name(&w, "a.org", FINDING_FOUND, FINDING_NODATA);
    see(&w, id, "8.8.8.1");
    load(&w, 9, "a.org 8.8.8.1 8.8.8.2\n");
    save(&w, 9, 7);
    expect_file(&w, "gitdns seen 1 7\na.org 8.8.8.1/0/4 8.8.8.2/1/4\nend 1\n");
    close_world(&w);
}

/* Serials 5 and 6 are reverted: 4 is published again as 7. */
static void test_forget(void **state)
{
    struct problem problem;
    struct world w;

    (void)state;
    open_world(&w);
    assert_int_equal(seen_forget(&w.folder, 4, 7, &problem), 0);
    write_file(&w, "gitdns seen 1 6\na.org 8.8.8.1/0/0 8.8.8.2/0/1 8.8.8.3/0/2 8.8.8.4/1/255\n"
                   "b.org 8.8.8.1/0/1\nc.org 8.8.8.1/5/9 cname=d.org\nend 3\n");
    assert_int_equal(seen_forget(&w.folder, 4, 7, &problem), 0);
    expect_file(&w, "gitdns seen 1 7\na.org 8.8.8.3/0/0 8.8.8.4/0/253\n"
                    "c.org 8.8.8.1/3/7 cname=d.org\nend 2\n");
    close_world(&w);
}

static void test_damaged(void **state)
{
    static const char *const texts[] = {
        "",
        "gitdns seen 1 \nend 0\n",
        "gitdns seen 2 1\nend 0\n",
        "gitdns seen 1 0\nend 0\n",
        "gitdns seen 1 1\n",
        "gitdns seen 1 1\nend 1\n",
        "gitdns seen 1 1\nend 0\nend 0\n",
        "gitdns seen 1 1\na.org\nend 1\n",
        "gitdns seen 1 1\na.org 8.8.8.8\nend 1\n",
        "gitdns seen 1 1\na.org 8.8.8.8/0\nend 1\n",
        "gitdns seen 1 1\na.org 8.8.8.8/0/\nend 1\n",
        "gitdns seen 1 1\na.org 8.8.8.8/1/0\nend 1\n",
        "gitdns seen 1 1\na.org 8.8.8.8/0/256\nend 1\n",
        "gitdns seen 1 1\na.org 8.8.8.8/0/0x\nend 1\n",
        "gitdns seen 1 1\na.org 8.8.8/0/0\nend 1\n",
        "gitdns seen 1 1\na.org  8.8.8.8/0/0\nend 1\n",
        "gitdns seen 1 1\na.org 8.8.8.8/0/0 \nend 1\n",
        "gitdns seen 1 1\na.org cname=b.org\nend 1\n",
        "gitdns seen 1 1\na.org 8.8.8.8/0/0 cname=\nend 1\n",
        "gitdns seen 1 1\na.org 8.8.8.8/0/0 cname=b.org 8.8.8.9/0/0\nend 1\n",
        "gitdns seen 1 1\nA.org 8.8.8.8/0/0\nend 1\n",
    };
    struct problem problem;
    const struct seen_rule rule = {.serial = 2, .hold = HOLD};
    struct seen_counts counts;
    struct world w;

    (void)state;
    open_world(&w);
    begin(&w);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_file(&w, texts[i]);
        assert_int_equal(seen_load(&w.folder, &rule, w.records, &counts, &problem),
                         E_STATE_DAMAGED);
        assert_non_null(strstr(problem.text, "/" SEEN_FILE ":"));
        if (i > 3)
            assert_int_equal(seen_forget(&w.folder, 0, 2, &problem), E_STATE_DAMAGED);
    }
    close_world(&w);
}

/* What no public registry may hold stays in a private one alone. */
static void test_private(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (int private = 0; private <= 1; private ++) {
        w.usual = private ? ADMIT_ALL : ADMIT_PUBLIC;
        begin(&w);
        write_file(&w, "gitdns seen 1 1\n"
                       "a.org 10.0.0.1/0/0 8.8.8.8/0/0 fd00::1/0/0 cname=a.internal\n"
                       "b.org 192.168.0.1/0/0\nend 2\n");
        add_name(&w, "a.org", FINDING_FAILED, FINDING_FAILED);
        add_name(&w, "b.org", FINDING_FAILED, FINDING_FAILED);
        assert_int_equal(load(&w, 2,
                              private ? "a.org 8.8.8.8 10.0.0.1 fd00::1 cname=a.internal\n"
                                        "b.org 192.168.0.1\n"
                                      : "a.org 8.8.8.8\n"),
                         private ? 2 : 1);
        assert_int_equal(w.refused, private ? 0 : 3);
    }
    close_world(&w);
}

/* A name that a network has for itself: what another network's DNS says does not count for what is
 * that network's, and newest comes first. */
static void test_of_one_network(void **state)
{
    static const enum finding elsewhere[] = {FINDING_NXDOMAIN, FINDING_NODATA, FINDING_FAILED};
    struct world w;
    uint32_t id;

    (void)state;
    open_world(&w);
    write_file(&w, "gitdns seen 1 1\n"
                   "a.org 10.0.0.1/0/0 8.8.8.8/0/0 127.0.0.1/0/0 fd00::1/0/0 cname=a.internal\n"
                   "b.org 10.0.0.2/0/0\nend 2\n");
    for (unsigned i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
        begin(&w);
        records_admit(w.records, add_name(&w, "a.org", elsewhere[i], elsewhere[i]), ADMIT_PRIVATE);
        add_name(&w, "b.org", elsewhere[i], elsewhere[i]);
        assert_int_equal(load(&w, 2,
                              elsewhere[i] == FINDING_FAILED
                                  ? "a.org 8.8.8.8 10.0.0.1 fd00::1 cname=a.internal\n"
                                  : "a.org 10.0.0.1 fd00::1 cname=a.internal\n"),
                         1);
    }
    begin(&w);
    id = add_name(&w, "a.org", FINDING_FOUND, FINDING_NODATA);
    records_admit(w.records, id, ADMIT_PRIVATE);
    see(&w, id, "9.9.9.9");
    load(&w, 2, "a.org 9.9.9.9 8.8.8.8 10.0.0.1 fd00::1\n");
    /* Not for ever. */
    begin(&w);
    records_admit(w.records, add_name(&w, "a.org", FINDING_NXDOMAIN, FINDING_NXDOMAIN),
                  ADMIT_PRIVATE);
    load(&w, 2 + HOLD, "");
    close_world(&w);
}

static void test_lines(void **state)
{
    static const char text[] = "a-1.b.org 0.0.0.0/0/0 255.255.255.255/255/255 ::/1/2 "
                               "2001:4860::1/0/200 cname=c.net\n";
    struct seen_line line;
    char out[SEEN_LINE_MAX], many[SEEN_LINE_MAX] = "a.org";

    (void)state;
    assert_int_equal(seen_line_parse(text, strlen(text) - 1, &line), 0);
    assert_int_equal(seen_line_format(&line, out), strlen(text));
    assert_memory_equal(out, text, strlen(text));
    for (unsigned i = 0; i < SEEN_ADDRESSES_MAX; i++)
        strcat(many, " 8.8.8.8/0/0");
    assert_int_equal(seen_line_parse(many, strlen(many), &line), 0);
    strcat(many, " 8.8.8.8/0/0");
    assert_int_equal(seen_line_parse(many, strlen(many), &line), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hold),    cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_notes),   cmocka_unit_test(test_unchanged),
        cmocka_unit_test(test_forget),  cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_private), cmocka_unit_test(test_of_one_network),
        cmocka_unit_test(test_lines),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
