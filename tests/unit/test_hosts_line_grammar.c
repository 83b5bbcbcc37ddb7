/* The hosts line, against a table of what glibc makes of it, and against glibc itself. */
#include "hosts_line/grammar.h"
#include "tests/unit/scratch_lab.h"
#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

/* What stands in nsswitch.conf, and the services that glibc (2.33 and later) finds, each with the
 * actions after TRYAGAIN, UNAVAIL, NOTFOUND and SUCCESS: c, r or m. NULL: none at all. The names
 * are made up, as glibc has some services built in. */
static const struct {
    const char *file;
    const char *services;
} table[] = {
    {"hosts: aa bb\n", "aa/cccr bb/cccr"},
    {"hosts:aa\n", "aa/cccr"},
    {"hosts:\taa\t \tbb\v\f \r\n", "aa/cccr bb/cccr"},
    {"  hosts: aa bb\n", "aa/cccr bb/cccr"},
    {"passwd: zz\nhosts: aa\nshadow: zz\n", "aa/cccr"},
    /* Blanks and colons end the database's name in any mixture. */
    {"hosts aa bb\n", "aa/cccr bb/cccr"},
    {"hosts : aa bb\n", "aa/cccr bb/cccr"},
    {"hosts :aa bb\n", "aa/cccr bb/cccr"},
    {"hosts::aa bb\n", "aa/cccr bb/cccr"},
    {"hosts: : aa bb\n", "aa/cccr bb/cccr"},
    {"HOSTS: aa bb\n", NULL},
    {"hostss: aa bb\n", NULL},
    {":hosts: aa\n", NULL},
    /* The last one counts, even if it is empty; one that does not end does not. */
    {"hosts: aa bb\nhosts: cc\n", "cc/cccr"},
    {"hosts: aa bb\nhosts:\n", NULL},
    {"hosts: aa bb\nhosts\n", NULL},
    {"hosts: aa bb\nhosts: cc", "aa/cccr bb/cccr"},
    {"hosts: aa bb", NULL},
    {"hosts: aa bb\nhosts: cc [bogus\n", NULL},
    {"hosts:\n", NULL},
    {"", NULL},
    {"\n\n", NULL},
    /* Only a line that starts with it is a comment. */
    {"#hosts: aa\nhosts: bb\n", "bb/cccr"},
    {"# hosts: aa\nhosts: bb\n", "bb/cccr"},
    {"hosts: aa # bb\n", "aa/cccr #/cccr bb/cccr"},
    {"hosts: aa #bb cc\n", "aa/cccr #bb/cccr cc/cccr"},
    {"hosts: aa#bb cc\n", "aa#bb/cccr cc/cccr"},
    {"hosts: aa\\\n bb\n", "aa\\/cccr"},
    {"hosts: aa,bb cc\n", "aa,bb/cccr cc/cccr"},
    {"hosts: aa:bb cc\n", "aa:bb/cccr cc/cccr"},
    {"hosts: aa bb] cc\n", "aa/cccr bb]/cccr cc/cccr"},
    {"hosts: aa aa\n", "aa/cccr aa/cccr"},
    /* Actions. */
    {"hosts: aa [NOTFOUND=return] bb\n", "aa/ccrr bb/cccr"},
    {"hosts: aa[NOTFOUND=return]bb\n", "aa/ccrr bb/cccr"},
    {"hosts: aa [notfound=RETURN] bb\n", "aa/ccrr bb/cccr"},
    {"hosts: aa [ NotFound = Return ] bb\n", "aa/ccrr bb/cccr"},
    {"hosts: aa [UNAVAIL=return] bb\n", "aa/crcr bb/cccr"},
    {"hosts: aa [UNAVAIL=continue] bb\n", "aa/cccr bb/cccr"},
    {"hosts: aa [TRYAGAIN=return] bb\n", "aa/rccr bb/cccr"},
    {"hosts: aa [SUCCESS=continue] bb\n", "aa/cccc bb/cccr"},
    {"hosts: aa [SUCCESS=merge] bb\n", "aa/cccm bb/cccr"},
    {"hosts: aa [!UNAVAIL=return] bb\n", "aa/rcrr bb/cccr"},
    {"hosts: aa [!UNAVAIL=continue] bb\n", "aa/cccc bb/cccr"},
    {"hosts: aa [!NOTFOUND=return] bb\n", "aa/rrcr bb/cccr"},
    {"hosts: aa [ !NOTFOUND=return !SUCCESS=continue] bb\n", "aa/cccr bb/cccr"},
    {"hosts: aa [UNAVAIL=return NOTFOUND=return] bb\n", "aa/crrr bb/cccr"},
    {"hosts: aa [UNAVAIL=return UNAVAIL=continue] bb\n", "aa/cccr bb/cccr"},
    {"hosts: aa bb [NOTFOUND=return]\n", "aa/cccr bb/ccrr"},
    {"hosts: aa [! NOTFOUND=return] bb\n", NULL},
    {"hosts: aa [!!NOTFOUND=return] bb\n", NULL},
    {"hosts: aa [] bb\n", NULL},
    {"hosts: aa [ ] bb\n", NULL},
    {"hosts: aa [\n", NULL},
    {"hosts: aa [NOTFOUND\n", NULL},
    {"hosts: aa [NOTFOUND=\n", NULL},
    {"hosts: aa [NOTFOUND=return bb\n", NULL},
    {"hosts: aa [NOTFOUND=return\n", NULL},
    {"hosts: aa [NOTFOUND=return,UNAVAIL=return] bb\n", NULL},
    {"hosts: aa [NOTFOUND=return UNAVAIL] bb\n", NULL},
    {"hosts: aa [NOTFOUND return] bb\n", NULL},
    {"hosts: aa [NOTFOUND=exit] bb\n", NULL},
    {"hosts: aa [NOTFOUND==return] bb\n", NULL},
    {"hosts: aa [NOTFOUND=return=] bb\n", NULL},
    {"hosts: aa [FOUND=return] bb\n", NULL},
    {"hosts: aa [RETURN=return] bb\n", NULL},
    /* A second bracket, or one in front, silently ends the line. */
    {"hosts: aa [NOTFOUND=return] [UNAVAIL=return] bb\n", "aa/ccrr"},
    {"hosts: aa bb [NOTFOUND=return][bogus cc\n", "aa/cccr bb/ccrr"},
    {"hosts: [NOTFOUND=return] aa bb\n", NULL},
};
enum { CASES = sizeof table / sizeof *table };

static int read_text(const char *text, struct hosts_line *line)
{
    struct hosts_place place;
    int r;

    scratch_write(&scratch, "nsswitch.conf", text, strlen(text));
    r = hosts_line_read(scratch_path(&scratch, "nsswitch.conf"), line);
    assert_int_equal(hosts_place_read(scratch_path(&scratch, "nsswitch.conf"), &place), r);
    return r;
}

static void say(const struct hosts_line *line, char *out)
{
    for (unsigned i = 0; i < line->count; i++) {
        out += sprintf(out, "%s%s/", i > 0 ? " " : "", line->service[i].name);
        for (int k = 0; k < 4; k++)
            *out++ = "crm"[line->service[i].action[k]];
    }
    *out = '\0';
}

static void test_table(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i++) {
        struct hosts_line line;
        char said[4096] = "";
        int r = read_text(table[i].file, &line);

        if (r == 0)
            say(&line, said);
        if (r != (table[i].services != NULL ? 0 : -1) ||
            (r == 0 && strcmp(said, table[i].services) != 0))
            fail_msg("`%s' gives %d, `%s'", table[i].file, r, said);
    }
}

/* In a child with a mount namespace of its own, in which glibc reads our file: the services that it
 * tries, none of which is there. Writes their names, each with a blank, to `fd`. */
static void ask_glibc(const char *path, int fd)
{
    static const char script[] =
        "mount --bind \"$1\" /etc/nsswitch.conf || exit 77\n"
        "LD_DEBUG=libs getent hosts name.invalid 2>&1 |\n"
        "sed -n 's/.*find library=libnss_\\(.*\\)\\.so\\.2 .*/\\1/p' | tr '\\n' ' '\n";

    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        _exit(77);
    dup2(fd, STDOUT_FILENO);
    execlp("sh", "sh", "-c", script, "sh", path, (char *)NULL);
    _exit(77);
}

/* Returns 0 if glibc cannot be asked here. */
static int glibc_services(const char *path, char *services, size_t room)
{
    int ends[2], status;
    ssize_t n;
    size_t len = 0;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0)
        ask_glibc(path, ends[1]);
    close(ends[1]);
    while ((n = read(ends[0], services + len, room - 1 - len)) > 0)
        len += (size_t)n;
    services[len] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Each service is missing: which ones does the line lead glibc to? */
static void services_tried(const struct hosts_line *line, char *out)
{
    for (unsigned i = 0; i < line->count; i++) {
        out += sprintf(out, "%s ", line->service[i].name);
        if (line->service[i].action[HOSTS_UNAVAIL] == HOSTS_RETURN)
            break;
    }
    *out = '\0';
}

static void test_glibc(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i++) {
        char got[4096], want[4096] = "";
        struct hosts_line line;

        if (read_text(table[i].file, &line) == 0)
            services_tried(&line, want);
        if (!glibc_services(scratch_path(&scratch, "nsswitch.conf"), got, sizeof got)) {
            print_message("skipped: no mount namespace of its own here\n");
            skip();
        }
        /* A library that was looked for once is not looked for again. */
        if (strcmp(table[i].file, "hosts: aa aa\n") != 0 && strcmp(got, want) != 0)
            fail_msg("`%s': glibc tries `%s', not `%s'", table[i].file, got, want);
    }
}

static void test_place(void **state)
{
    static const struct {
        const char *line;
        int gitdns;
        bool after_dns;
    } cases[] = {
        {"files dns gitdns", 2, true},
        {"files dns [NOTFOUND=return] gitdns", 2, true},
        {"files resolve [!UNAVAIL=return] gitdns", 2, true},
        {"files mdns4_minimal [NOTFOUND=return] dns gitdns myhostname", 3, true},
        {"dns gitdns", 1, true},
        {"files gitdns", 1, false},
        {"gitdns", 0, false},
        {"files gitdns dns", 1, false},
        {"gitdns files dns", 0, false},
        {"gitdns dns gitdns", 2, true},
        {"files mdns4 gitdns dns", 2, false},
        {"files DNS gitdns", 2, false},
        {"files dnsx gitdns", 2, false},
        {"files dns", -1, false},
        {"files dns gitdnsx Gitdns", -1, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hosts_line line;
        struct hosts_place place;
        size_t len = strlen(cases[i].line);

        assert_int_equal(hosts_line_parse(cases[i].line, len, &line), 0);
        assert_int_equal(hosts_line_find(&line, "gitdns"), cases[i].gitdns);
        assert_int_equal(hosts_place_parse(cases[i].line, len, &place), 0);
        assert_int_equal(place.gitdns, cases[i].gitdns);
        assert_int_equal(place.after_dns, cases[i].after_dns);
        assert_int_equal(place.behind_dns,
                         place.gitdns > 0 &&
                             strcmp(line.service[place.gitdns - 1].name, "dns") == 0);
    }
}

static void test_limits(void **state)
{
    struct hosts_line line;
    struct hosts_place place;
    char text[4096];
    int len = 0;

    (void)state;
    for (int i = 0; i < HOSTS_SERVICES_MAX; i++)
        len += sprintf(text + len, "s%d ", i);
    assert_int_equal(hosts_line_parse(text, (size_t)len, &line), 0);
    assert_int_equal(line.count, HOSTS_SERVICES_MAX);
    len += sprintf(text + len, "[NOTFOUND=return] ");
    assert_int_equal(hosts_line_parse(text, (size_t)len, &line), 0);
    len += sprintf(text + len, "x");
    assert_int_equal(hosts_line_parse(text, (size_t)len, &line), -1);
    assert_int_equal(hosts_place_parse(text, (size_t)len, &place), -1);
    memset(text, 'x', sizeof text);
    assert_int_equal(hosts_line_parse(text, HOSTS_SERVICE_MAX - 1, &line), 0);
    assert_int_equal(hosts_line_parse(text, HOSTS_SERVICE_MAX, &line), -1);
    assert_int_equal(hosts_line_parse("aa\0bb", 5, &line), 0);
    assert_int_equal(line.count, 1);
    assert_int_equal(hosts_line_parse("", 0, &line), -1);
}

/* Lines and files longer than the buffers. */
static void test_long_files(void **state)
{
    struct hosts_line line;
    char *text = malloc(100000);
    size_t len;

    (void)state;
    for (size_t blanks = 0; blanks < 3000; blanks += blanks < 980 || blanks > 1060 ? 97 : 1) {
        len =
            (size_t)sprintf(text, "# %*s\nhosts:%*sdns gitdns\n", (int)blanks, "", (int)blanks, "");
        assert_int_equal(read_text(text, &line), len - (blanks + 3) - 1 <= HOSTS_LINE_MAX ? 0 : -1);
    }
    len = 0;
    for (int i = 0; i < 5000; i++)
        len += (size_t)sprintf(text + len, "# line %d\n", i);
    sprintf(text + len, "hosts: aa\n");
    assert_int_equal(read_text(text, &line), 0);
    assert_int_equal(line.count, 1);
    assert_int_equal(hosts_line_read(scratch_path(&scratch, "none"), &line), -ENOENT - 1);
    assert_int_equal(hosts_line_read(scratch.path, &line), -EISDIR - 1);
    assert_int_equal(mkfifo(scratch_path(&scratch, "fifo"), 0600), 0);
    assert_int_equal(hosts_line_read(scratch_path(&scratch, "fifo"), &line), -1);
    free(text);
}

static void test_line_is_said_back(void **state)
{
    static const char text[] = "files mdns4_minimal [NOTFOUND=return] dns gitdns [SUCCESS=merge]";
    char out[HOSTS_LINE_TEXT_OCTETS];
    struct hosts_line line;

    (void)state;
    assert_int_equal(hosts_line_parse(text, strlen(text), &line), 0);
    hosts_line_format(&line, out);
    assert_string_equal(out, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),      cmocka_unit_test(test_glibc),
        cmocka_unit_test(test_place),      cmocka_unit_test(test_limits),
        cmocka_unit_test(test_long_files), cmocka_unit_test(test_line_is_said_back),
    };

    return cmocka_run_group_tests(tests, set_up_scratch, tear_down_scratch);
}
