/* The publisher's memory of proofs: what is saved, what comes back, and what is damaged. */
#include "publish/name_findings.h"
#include "publish/proven.h"
#include "publish/proven_file.h"
#include "publish/proven_line.h"
#include "scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <zlib.h>

#include <cmocka.h>

#define HOUR 3600

struct world {
    struct scratch scratch;
    struct state_folder folder;
    struct records *records;
    struct pairs pairs;
    struct problem problem;
};

static bool all(const void *user, uint32_t id)
{
    (void)user;
    return id != 0;
}

static void open_world(struct world *w)
{
    *w = (struct world){.folder = {.directory = -1}};
    scratch_open(&w->scratch);
    w->folder.directory = w->scratch.directory;
    strcpy(w->folder.path, w->scratch.path);
    assert_int_equal(records_new(&w->records), 0);
    records_rank(w->records);
    assert_int_equal(records_name(w->records, "a.org", 5), 1);
    assert_int_equal(records_name(w->records, "b.org", 5), 1);
}

static void close_world(struct world *w)
{
    pairs_free(&w->pairs);
    records_free(w->records);
    scratch_close(&w->scratch);
}

static void write_file(const struct world *w, const char *text)
{
    gzFile file = gzopen(scratch_path(&w->scratch, PROVEN_FILE), "wb");

    assert_true(text[0] == '\0' || gzputs(file, text) > 0);
    gzclose(file);
}

static void expect_file(const struct world *w, const char *want)
{
    gzFile file = gzopen(scratch_path(&w->scratch, PROVEN_FILE), "rb");
    char text[4096];
    int n = gzread(file, text, sizeof text - 1);

    assert_true(n >= 0);
    text[n] = '\0';
    gzclose(file);
    assert_string_equal(text, want);
}

static int load(struct world *w, enum admission admission, int64_t hour)
{
    int r;

    pairs_free(&w->pairs);
    r = proven_file_load(&w->folder, w->records, admission, all, NULL, hour * HOUR, &w->pairs,
                         &w->problem);
    pairs_sort(&w->pairs);
    return r;
}

static void test_time_passes(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    assert_int_equal(load(&w, ADMIT_PUBLIC, 100), 0);
    assert_int_equal(w.pairs.count, 0);
    write_file(&w, "gitdns proven 1 1000\na.org 8.8.8.8/5/3/0/0 2001:4860::1/-/-/49990/9\n"
                   "gone.org 8.8.8.8/5/3/0/0\nend 2\n");
    assert_int_equal(load(&w, ADMIT_PUBLIC, 1024), 0);
    assert_int_equal(w.pairs.count, 2);
    assert_int_equal(w.pairs.pair[0].proven, 29);
    assert_int_equal(w.pairs.pair[0].tried, 27);
    assert_int_equal(w.pairs.pair[0].known, 24);
    assert_int_equal(w.pairs.pair[1].proven, HOURS_NEVER);
    assert_int_equal(w.pairs.pair[1].known, HOURS_MAX);
    assert_int_equal(w.pairs.pair[1].fails, 9);
    /* A clock that was set back. */
    assert_int_equal(load(&w, ADMIT_PUBLIC, 900), 0);
    assert_int_equal(w.pairs.pair[0].proven, 5);
    close_world(&w);
}

static void test_save(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    write_file(&w, "gitdns proven 1 1000\na.org 8.8.8.9/-/-/7/0 8.8.8.8/5/3/1/0\n"
                   "b.org 8.8.4.4/-/300/9/2\nend 2\n");
    assert_int_equal(load(&w, ADMIT_PUBLIC, 1000), 0);
    for (size_t i = 0, n; i < w.pairs.count; i += n) {
        n = pairs_of_name(&w.pairs, i);
        proven_decide(&w.pairs.pair[i], n, false);
    }
    assert_int_equal(proven_file_save(&w.folder, w.records, 1000 * HOUR, &w.pairs, &w.problem), 0);
    /* What has no place and was not tried this week is forgotten. */
    expect_file(&w, "gitdns proven 1 1000\na.org 8.8.8.8/5/3/1/0\nend 1\n");
    close_world(&w);
}

/* Of IPv6 DNS says that there is none. */
static void test_family_denied(void **state)
{
    struct world w;
    uint32_t id;

    (void)state;
    open_world(&w);
    id = records_find(w.records, "a.org", 5);
    write_file(&w, "gitdns proven 1 1000\na.org 8.8.8.8/5/3/0/0 2001:4860::1/5/3/0/0\nend 1\n");
    records_set_mark(w.records, id,
                     findings_note(findings_note(0, A, FINDING_FOUND), AAAA, FINDING_NODATA));
    assert_int_equal(load(&w, ADMIT_PUBLIC, 1000), 0);
    assert_int_equal(w.pairs.count, 1);
    assert_int_equal(w.pairs.pair[0].octets, 4);
    close_world(&w);
}

/* The name has no address at all: what was proven stays for a week after DNS gave it. */
static void test_name_denied(void **state)
{
    static const enum finding denials[][2] = {{FINDING_NXDOMAIN, FINDING_NXDOMAIN},
                                              {FINDING_NODATA, FINDING_NODATA},
                                              {FINDING_NODATA, FINDING_FAILED}};
    struct world w;

    (void)state;
    open_world(&w);
    write_file(&w, "gitdns proven 1 1000\na.org 8.8.8.8/5/3/0/0 8.8.8.9/-/3/0/0 8.8.8.10/-/3/0/1 "
                   "8.8.8.11/5/3/24/1\nend 1\n");
    for (size_t i = 0; i < sizeof denials / sizeof *denials; i++) {
        uint8_t findings = findings_note(findings_note(0, A, denials[i][0]), AAAA, denials[i][1]);

        records_set_mark(w.records, records_find(w.records, "a.org", 5), findings);
        for (int days = 0; days < 9; days++) {
            assert_int_equal(load(&w, ADMIT_PUBLIC, 1000 + days * 24), 0);
            assert_int_equal(w.pairs.count, days < 7 ? 2 : days == 7 ? 1 : 0);
            assert_true(days > 7 || w.pairs.pair[0].address[3] == 8);
        }
    }
    close_world(&w);
}

static void test_private(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    write_file(&w, "gitdns proven 1 1000\na.org 10.0.0.1/5/3/0/0 8.8.8.8/5/3/0/0\nend 1\n");
    for (int private = 0; private <= 1; private ++) {
        assert_int_equal(load(&w, private ? ADMIT_ALL : ADMIT_PUBLIC, 1000), 0);
        assert_int_equal(w.pairs.count, 1 + private);
    }
    close_world(&w);
}

static void test_damaged(void **state)
{
    static const char *const texts[] = {
        "",
        "gitdns proven 2 1\nend 0\n",
        "gitdns seen 1 1\nend 0\n",
        "gitdns proven 1 0\nend 0\n",
        "gitdns proven 1 1\n",
        "gitdns proven 1 1\nend 1\n",
        "gitdns proven 1 1\nend 0\nend 0\n",
        "gitdns proven 1 1\na.org\nend 1\n",
        "gitdns proven 1 1\na.org 8.8.8.8\nend 1\n",
        "gitdns proven 1 1\na.org 8.8.8.8/0/0/0\nend 1\n",
        "gitdns proven 1 1\na.org 8.8.8.8/0/0/0/\nend 1\n",
        "gitdns proven 1 1\na.org 8.8.8.8/0/0/0/10\nend 1\n",
        "gitdns proven 1 1\na.org 8.8.8.8/0/0/0/-\nend 1\n",
        "gitdns proven 1 1\na.org 8.8.8.8/50001/0/0/0\nend 1\n",
        "gitdns proven 1 1\na.org 8.8.8.8/99999999999999999999/0/0/0\nend 1\n",
        "gitdns proven 1 1\na.org 8.8.8.8/-1/0/0/0\nend 1\n",
        "gitdns proven 1 1\na.org 8.8.8.8//0/0/0\nend 1\n",
        "gitdns proven 1 1\na.org 8.8.8/0/0/0/0\nend 1\n",
        "gitdns proven 1 1\na.org  8.8.8.8/0/0/0/0\nend 1\n",
        "gitdns proven 1 1\na.org 8.8.8.8/0/0/0/0 \nend 1\n",
        "gitdns proven 1 1\nA.org 8.8.8.8/0/0/0/0\nend 1\n",
    };
    struct world w;

    (void)state;
    open_world(&w);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_file(&w, texts[i]);
        assert_int_equal(load(&w, ADMIT_PUBLIC, 2), E_STATE_DAMAGED);
        assert_non_null(strstr(w.problem.text, "/" PROVEN_FILE ":"));
    }
    close_world(&w);
}

/* A pair that stands there twice is one; and a line has no more than so many. */
static void test_lines(void **state)
{
    struct proven_line line;
    char many[2 * PROVEN_LINE_MAX] = "a.org", out[PROVEN_LINE_MAX];

    (void)state;
    for (unsigned i = 0; i < PROVEN_PAIRS_MAX; i++)
        sprintf(many + strlen(many), " 2001:4860:4860:4860:4860:4860:4860:%x/-/50000/50000/9",
                0x1000 + i);
    assert_int_equal(proven_line_parse(many, strlen(many), &line), 0);
    assert_int_equal(proven_line_format(&line, out), strlen(many) + 1);
    assert_memory_equal(out, many, strlen(many));
    strcat(many, " 8.8.8.8/0/0/0/0");
    assert_int_equal(proven_line_parse(many, strlen(many), &line), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_passes),   cmocka_unit_test(test_save),
        cmocka_unit_test(test_family_denied), cmocka_unit_test(test_name_denied),
        cmocka_unit_test(test_private),       cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_lines),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
