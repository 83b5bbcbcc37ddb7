/* What is read of a system's files, whatever lies there. Real ones are in tests/e2e/test_names.py.
 */
#include "mentions/mention_sources.h"
#include "tests/unit/mentions_lab.h"
#include <errno.h>
#include <sys/stat.h>

#define LONG_OCTETS (10 << 20)

/* A path that the pattern matches. */
static const char *path_of(const char *pattern)
{
    static char path[PATH_MAX];
    size_t len = 0;

    if (*pattern == '~') {
        strcpy(path, "/home/u");
        len = strlen(path);
        pattern++;
    }
    for (; *pattern != '\0'; pattern++)
        path[len++] = *pattern == '*' ? 'x' : *pattern;
    path[len] = '\0';
    return path;
}

/* What one file of each source is, and what is to be said of it. */
struct hostile {
    const char *what;
    void (*make)(const char *path);
    int cause; /* 0: it is read */
};

static char *long_line;

static void make_long_line(const char *path)
{
    tree_write(path, long_line, LONG_OCTETS);
}

static void make_nul(const char *path)
{
    static const char text[] =
        "\0\n\0 = \0\n[\0\n<\0\n\"\0\":\"\0\"\n@\0\nhost\0 \0://\0\0\n\xff\xfe\r\0\n";

    tree_write(path, text, sizeof text);
}

static void make_unfinished(const char *path)
{
    static const char text[] = "{\"auths\": {\"\\";

    tree_write(path, text, sizeof text - 1);
}

static void make_empty(const char *path)
{
    tree_write(path, "", 0);
}

static void make_fifo(const char *path)
{
    make_folders(path);
    assert_int_equal(mkfifo(scratch_path(&scratch, path + 1), 0644), 0);
}

static void make_loop(const char *path)
{
    make_folders(path);
    assert_int_equal(symlink(path, scratch_path(&scratch, path + 1)), 0);
}

static void make_folder(const char *path)
{
    make_folders(path);
    assert_int_equal(mkdir(scratch_path(&scratch, path + 1), 0755), 0);
}

static const struct hostile hostiles[] = {
    {"a line of 10 MB", make_long_line, E_FILE_LONG},
    {"NUL", make_nul, 0},
    {"an unfinished string", make_unfinished, 0},
    {"nothing", make_empty, 0},
    {"a FIFO", make_fifo, -EINVAL},
    {"a link to itself", make_loop, -ELOOP},
    {"a folder", make_folder, 0},
};

static void test_hostile(void **state)
{
    (void)state;
    long_line = malloc(LONG_OCTETS);
    memset(long_line, 'a', LONG_OCTETS);
    for (unsigned i = 0; i < mention_sources_count; i++)
        for (size_t k = 0; k < sizeof hostiles / sizeof *hostiles; k++) {
            const struct hostile *hostile = &hostiles[k];
            const char *path = path_of(mention_sources[i].files[0]);
            const struct mentioned *mentioned;

            hostile->make(path);
            mentioned = mentioned_read(true);
            if (mentioned->count != 0 || (mentioned->left > 0) != (hostile->cause != 0) ||
                mentioned->cause != hostile->cause)
                fail_msg("%s, %s: `%s', %u left, %d", mention_sources[i].name, hostile->what,
                         mentioned->names, mentioned->left, mentioned->cause);
            assert_int_equal(remove(scratch_path(&scratch, path + 1)), 0);
        }
    free(long_line);
}

/* The lines before the one at which a file is cut count. */
static void test_long_file(void **state)
{
    static const char line[] = "deb http://a.example.org x\n";
    char *text = malloc(LONG_OCTETS);
    const struct mentioned *mentioned;

    (void)state;
    for (size_t i = 0; i + 1 < LONG_OCTETS; i++)
        text[i] = line[i % (sizeof line - 1)];
    tree_write("/etc/apt/sources.list", text, LONG_OCTETS - 1);
    mentioned = mentioned_read(false);
    assert_string_equal(mentioned->names, "a.example.org");
    assert_int_equal(mentioned->count, MENTIONS_OF_FILE_MAX);
    assert_int_equal(mentioned->cause, E_LIST_LONG);
    free(text);
    remove(scratch_path(&scratch, "etc/apt/sources.list"));
}

/* Folders of others with very much in them: what root has written is read all the same. */
static void test_crowd(void **state)
{
    enum { ENTRIES = 22000, FILES = 9 };
    char path[64], *text = malloc(MENTIONS_FILE_OCTETS), *at;
    const struct mentioned *mentioned;

    (void)state;
    tree_write("/etc/crio/crio.conf.d/x", "pause_image = \"a.example.org/pause\"\n", 36);
    for (unsigned i = 0; i < ENTRIES; i++) {
        snprintf(path, sizeof path, "/srv/x/%u", i);
        tree_write(path, "", 0);
    }
    tree_write("/usr/local/src/y/.git/config", "url = https://b.example.org/\n", 29);
    assert_string_equal(mentioned_read(false)->names, "a.example.org b.example.org");
    for (unsigned i = 0; i < FILES; i++) {
        at = text;
        for (unsigned k = 0; k < MENTIONS_OF_FILE_MAX; k++)
            at += sprintf(at, "url = https://c%u.x%u.example.org/\n", k, i);
        snprintf(path, sizeof path, "/srv/x%u/.git/config", i);
        tree_write(path, text, (size_t)(at - text));
    }
    mentioned = mentioned_read(false);
    assert_non_null(strstr(mentioned->names, "a.example.org "));
    assert_int_equal(mentioned->cause, E_LIST_LONG);
    free(text);
}

/* Links stay in the tree. */
static void test_links(void **state)
{
    char target[2 * PATH_MAX];

    (void)state;
    tree_write("/srv/list", "deb http://in.example.org x\n", 28);
    make_folders("/etc/apt/");
    assert_int_equal(symlink("/srv/list", scratch_path(&scratch, "etc/apt/sources.list")), 0);
    assert_string_equal(mentioned_read(false)->names, "in.example.org");
    remove(scratch_path(&scratch, "etc/apt/sources.list"));
    assert_int_equal(
        symlink("../../../../srv/./list", scratch_path(&scratch, "etc/apt/sources.list")), 0);
    assert_string_equal(mentioned_read(false)->names, "in.example.org");
    remove(scratch_path(&scratch, "etc/apt/sources.list"));
    /* The same file as it is called outside. */
    snprintf(target, sizeof target, "%s/srv/list", scratch.path);
    assert_int_equal(symlink(target, scratch_path(&scratch, "etc/apt/sources.list")), 0);
    assert_string_equal(mentioned_read(false)->names, "");
    remove(scratch_path(&scratch, "etc/apt/sources.list"));
}

/* Names that are none for DNS, and short ones. */
static void test_names(void **state)
{
    static const struct {
        const char *resolv_conf, *text, *names;
    } cases[] = {
        {"search s.example.org\n", "NTP=b.example.org A.Example.org. b.example.org",
         "a.example.org b.example.org"},
        {"search s.example.org t.example.org\n", "NTP=nas", "nas.s.example.org nas.t.example.org"},
        {"search local\n", "NTP=nas", ""},
        {"", "NTP=nas", ""},
        {"search s.example.org\n", "NTP=localhost none localhost.localdomain x.local a.test y_z",
         ""},
        {"search s.example.org\n", "NTP=192.0.2.1 2001:db8::1 [2001:db8::1]:80 10.0.0.1:80", ""},
        {"",
         "NTP=b\xc3\xbc"
         "cher.example.org",
         "xn--bcher-kva.example.org"},
        {"", "NTP=*.example.org $x.example.org -a.example.org a..example.org", ""},
        {"", "#NTP=a.example.org\n;NTP=b.example.org\n ntp = c.example.org\r\n", "c.example.org"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *names;

        tree_write("/etc/resolv.conf", cases[i].resolv_conf, strlen(cases[i].resolv_conf));
        tree_write("/etc/systemd/timesyncd.conf", cases[i].text, strlen(cases[i].text));
        names = mentioned_read(false)->names;
        if (strcmp(names, cases[i].names) != 0)
            fail_msg("`%s' gives `%s'", cases[i].text, names);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_hostile, set_up_scratch, tear_down_scratch),
        cmocka_unit_test_setup_teardown(test_long_file, set_up_scratch, tear_down_scratch),
        cmocka_unit_test_setup_teardown(test_crowd, set_up_scratch, tear_down_scratch),
        cmocka_unit_test_setup_teardown(test_links, set_up_scratch, tear_down_scratch),
        cmocka_unit_test_setup_teardown(test_names, set_up_scratch, tear_down_scratch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
