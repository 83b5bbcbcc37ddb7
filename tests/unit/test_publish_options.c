/* gitdns-publish's options: what each sets, and what is said of each that will not do. */
#include "publish/options.h"
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define WORDS 64
#define BARE "--to tree --name top --key k"
#define HOSTS BARE " --hosts h"
#define NAMES BARE " --names n"
#define ASKING_ALONE                                                                               \
    "--resolver, --rate, --parallel, --top, --www, --samples, --every, --prove, --prove-names, "   \
    "--require, --siblings: only with --names"
#define READ_TWICE "--hosts, --names, --prove-names, --require: standard input can be read once"

static struct publish_options options;
static struct problem problem;

/* The line's words, with blanks between; `''` is an empty one. */
static enum options_wish parse(const char *line)
{
    static char text[1024];
    char *argv[WORDS] = {"gitdns-publish"}, *rest = text, *word;
    int argc = 1;

    snprintf(text, sizeof text, "%s", line);
    while ((word = strsep(&rest, " ")) != NULL && *word != '\0')
        argv[argc++] = strcmp(word, "''") == 0 ? "" : word;
    optind = 0;
    return options_parse(argc, argv, &options, &problem);
}

static void expect(const char *line)
{
    if (parse(line) != OPTIONS_RUN)
        fail_msg("%s: %s", line, problem.text);
}

static void test_defaults(void **state)
{
    (void)state;
    expect(HOSTS);
    assert_string_equal(options.to, "tree");
    assert_string_equal(options.name, "top");
    assert_string_equal(options.hosts, "h");
    assert_int_equal(options.lists.count, 0);
    assert_int_equal(options.signers.secrets, 1);
    assert_int_equal(options.signers.pubkeys, 0);
    assert_int_equal(options.valid, 60 * 86400);
    assert_int_equal(options.hold, 0);
    assert_int_equal(options.revert, 0);
    assert_false(options.private || options.force || options.www);
    expect(NAMES);
    assert_int_equal(options.lists.count, 1);
    assert_string_equal(options.lists.source[0], "n");
    assert_int_equal(options.lists.top, 0);
    assert_null(options.hosts);
    assert_int_equal(options.hold, 8);
    assert_int_equal(options.resolve.resolvers.count, 0);
    assert_int_equal(options.resolve.rate, RATE_DEFAULT);
    assert_int_equal(options.resolve.parallel, 200);
    assert_int_equal(options.resolve.samples, 1);
    assert_int_equal(options.resolve.every, 0);
    assert_false(options.prove.all);
    assert_int_equal(options.prove.names.count + options.prove.require.count, 0);
    assert_int_equal(options.prove.siblings, 4);
    assert_false(options.lists.private[0]);
    assert_int_equal(options_admission(&options), ADMIT_PUBLIC);
}

static void test_values(void **state)
{
    (void)state;
    expect(BARE " --revert 999999999 --key k2 --pubkey p --pubkey p2 --valid 521w --force");
    assert_int_equal(options.revert, 999999999);
    assert_int_equal(options.signers.secrets, 2);
    assert_string_equal(options.signers.secret[0], "k");
    assert_string_equal(options.signers.secret[1], "k2");
    assert_int_equal(options.signers.pubkeys, 2);
    assert_string_equal(options.signers.pubkey[1], "p2");
    assert_int_equal(options.valid, 521 * 7 * 86400);
    assert_true(options.force);
    expect("--hold 0 --private --www --rate 1000000 --parallel 10000 --samples 100 --every 90m "
           "--resolver ::1 --resolver 9.9.9.9:5353 " NAMES);
    assert_int_equal(options.hold, 0);
    assert_true(options.private && options.www);
    assert_int_equal(options.resolve.rate, 1000000);
    assert_int_equal(options.resolve.parallel, 10000);
    assert_int_equal(options.resolve.samples, 100);
    assert_int_equal(options.resolve.every, 90 * 60);
    assert_int_equal(options.resolve.resolvers.count, 2);
    assert_string_equal(options.resolve.resolvers.server[1].text, "9.9.9.9:5353");
    expect(NAMES " --names https://example.com/x.csv --names - --top 5000000 --hosts h --hold 2");
    assert_int_equal(options.lists.count, 3);
    assert_string_equal(options.lists.source[1], "https://example.com/x.csv");
    assert_int_equal(options.lists.top, 5000000);
    assert_string_equal(options.hosts, "h");
    assert_int_equal(options.hold, 2);
    expect(NAMES
           " --prove --prove-names a --prove-names - --require c --siblings 0 --www --private");
    assert_true(options.prove.all && options.prove.www);
    assert_int_equal(options.prove.names.count, 2);
    assert_string_equal(options.prove.names.file[1], "-");
    assert_int_equal(options.prove.require.count, 1);
    assert_string_equal(options.prove.require.file[0], "c");
    assert_int_equal(options.prove.siblings, 0);
    assert_int_equal(options.prove.admission, ADMIT_ALL);
    /* In the order of all. */
    expect(BARE " --private-names p --names n --private-names q");
    assert_int_equal(options.lists.count, 3);
    assert_string_equal(options.lists.source[2], "q");
    assert_true(options.lists.private[0] && !options.lists.private[1] && options.lists.private[2]);
    assert_int_equal(options.hold, 8);
    expect(BARE " --revert 1 --private-names p --www");
    expect(BARE " --names http://127.0.0.1:80/x --names HTTP://[::1]/x --names http://localhost/x");
    expect(HOSTS " --hold 250");
    assert_int_equal(options.hold, 250);
    /* The last one counts. */
    expect(HOSTS " --to elsewhere --hold 251 --hold 7 --valid x --valid 1s");
    assert_string_equal(options.to, "elsewhere");
    assert_int_equal(options.hold, 7);
    assert_int_equal(options.valid, 1);
}

static void test_wishes(void **state)
{
    (void)state;
    assert_int_equal(parse("--help"), OPTIONS_HELP);
    assert_int_equal(parse("--version"), OPTIONS_VERSION);
    assert_int_equal(parse("--rate x --help"), OPTIONS_HELP);
}

static void test_wrong(void **state)
{
    static const struct {
        const char *line, *want;
    } cases[] = {
        {"--name top --key k --hosts h", "--to: missing"},
        {"--to '' --name top --key k --hosts h", "--to: missing"},
        {"--to tree --key k --hosts h", "--name: missing"},
        {HOSTS " --name Top", "--name: not a registry's name"},
        {HOSTS " --name ''", "--name: not a registry's name"},
        {"--to tree --name top --hosts h", "--key: missing"},
        {HOSTS " --key k --key k --key k --key k --key k --key k --key k --key k",
         "--key, --pubkey: too many"},
        {HOSTS " --pubkey k --pubkey k --pubkey k --pubkey k --pubkey k --pubkey k --pubkey k "
               "--pubkey k --pubkey k",
         "--key, --pubkey: too many"},
        {BARE, "--hosts, --names, --revert: one is missing"},
        {NAMES " --revert 1", "--revert: not with --hosts or --names"},
        {NAMES " --private-names p --revert 1", "--revert: not with --hosts or --names"},
        {HOSTS " --private-names p --revert 1", "--revert: not with --hosts or --names"},
        {BARE " --private-names - --names -", READ_TWICE},
        {HOSTS " --revert 1", "--revert: not with --hosts or --names"},
        {BARE " --hosts - --names -", READ_TWICE},
        {BARE " --names - --names -", READ_TWICE},
        {BARE " --names - --prove-names -", READ_TWICE},
        {NAMES " --require - --require -", READ_TWICE},
        {NAMES " --siblings 17", "--siblings: not a number of up to 16"},
        {HOSTS " --top 1", ASKING_ALONE},
        {NAMES " --top 0", "--top: not a number of up to 5000000"},
        {NAMES " --top 5000001", "--top: not a number of up to 5000000"},
        {BARE " --names http://example.com/x",
         "--names: http://example.com/x: by http anybody on the way could change it; by https they "
         "cannot"},
        {BARE " --names http://127.0.0.1.example.com/x",
         "--names: http://127.0.0.1.example.com/x: by http anybody on the way could change it; by "
         "https they cannot"},
        {BARE " --names https://", "--names: https://: not a URL"},
        {BARE " --revert 0", "--revert: not a serial"},
        {BARE " --revert 1000000000", "--revert: not a serial"},
        {BARE " --revert ''", "--revert: not a serial"},
        {HOSTS " --hold 251", "--hold: not a number of up to 250"},
        {HOSTS " --hold ''", "--hold: not a number of up to 250"},
        {HOSTS " --hold -1", "--hold: not a number of up to 250"},
        {HOSTS " --hold 99999999999999999999", "--hold: not a number of up to 250"},
        {HOSTS " --valid 0", "--valid: not a time of up to ten years, such as 60d"},
        {HOSTS " --valid 60", "--valid: not a time of up to ten years, such as 60d"},
        {HOSTS " --valid 3651d", "--valid: not a time of up to ten years, such as 60d"},
        {HOSTS " --valid 1y", "--valid: not a time of up to ten years, such as 60d"},
        {NAMES " --rate -1", "--rate: not a number of up to 1000000"},
        {NAMES " --restore /srv/mirror", "--restore: not an http, https or file URL"},
        {NAMES " --rate 1000001", "--rate: not a number of up to 1000000"},
        {NAMES " --rate 4294967297", "--rate: not a number of up to 1000000"},
        {NAMES " --parallel 0", "--parallel: not a number of up to 10000"},
        {NAMES " --parallel 10001", "--parallel: not a number of up to 10000"},
        {NAMES " --samples 0", "--samples: not a number of up to 100"},
        {NAMES " --samples 101", "--samples: not a number of up to 100"},
        {NAMES " --samples 2x", "--samples: not a number of up to 100"},
        {NAMES " --samples 2", "--every: missing; --samples needs it"},
        {NAMES " --every 4", "--every: not a time, such as 4h"},
        {NAMES " --every 0s", "--every: not a time, such as 4h"},
        {NAMES " --resolver one.com", "--resolver: not an address"},
        {NAMES " --resolver ::1 --resolver ::1 --resolver ::1 --resolver ::1 --resolver ::1 "
               "--resolver ::1 --resolver ::1 --resolver ::1 --resolver ::1",
         "--resolver: too many"},
        {HOSTS " --resolver ::1", ASKING_ALONE},
        {HOSTS " --rate 1", ASKING_ALONE},
        {HOSTS " --parallel 1", ASKING_ALONE},
        {HOSTS " --www", ASKING_ALONE},
        {HOSTS " --samples 1", ASKING_ALONE},
        {HOSTS " --prove", ASKING_ALONE},
        {HOSTS " --require x", ASKING_ALONE},
        {BARE " --revert 1 --every 1h", ASKING_ALONE},
        {HOSTS " extra", "extra: not an option"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (parse(cases[i].line) != OPTIONS_WRONG || strcmp(problem.text, cases[i].want) != 0)
            fail_msg("%s: `%s', not `%s'", cases[i].line, problem.text, cases[i].want);
}

/* getopt_long says it itself. */
static void test_unknown(void **state)
{
    static const char *const lines[] = {HOSTS " --frobnicate", HOSTS " --na x", HOSTS " --valid",
                                        HOSTS " --force=1", HOSTS " -x"};

    (void)state;
    opterr = 0;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_int_equal(parse(lines[i]), OPTIONS_WRONG);
        assert_string_equal(problem.text, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults), cmocka_unit_test(test_values),
        cmocka_unit_test(test_wishes),   cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
