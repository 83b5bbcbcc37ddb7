/* Which line makes glibc reject nsswitch.conf. tests/nss/test_doctor_ways.py holds lines against
 * glibc.
 */
#include "hosts_line/glibc_rejects.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* In memory of its very length, for the sanitizers. */
static size_t check(const char *text, size_t len)
{
    char *copy = malloc(len + (len == 0));
    size_t number;

    assert_non_null(copy);
    memcpy(copy, text, len);
    number = glibc_rejects_line(copy, len);
    free(copy);
    return number;
}

static void test_lines(void **state)
{
    static const struct {
        const char *text;
        size_t number;
    } files[] = {
        {"", 0},
        {"\n\n", 0},
        {"passwd: files\nhosts: files dns\n", 0},
        {"passwd: files\n\nhosts: files [x=y] dns\nhosts: dns\nrpc: [\n", 3},
        {"rpc: db [NOTFOUND=retrun]\nrpc: db [", 1},
        {"rpc: db [NOTFOUND=retrun]", 0},
        {"foo: db [x\n# rpc: db [x\n#rpc: db [x\n", 0},
        {"rpc: db [NOTFOUND=return] [x]\n", 0},
        {"rpc: db [NOTFOUND=return]db [\n", 1},
        {"rpc: db[\n", 1},
        {"rpc", 0},
        {"rpc\n:\n", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (check(files[i].text, strlen(files[i].text)) != files[i].number)
            fail_msg("`%s': not line %zu", files[i].text, files[i].number);
}

static void test_nul_ends_a_line(void **state)
{
    static const char behind[] = "rpc: db\0 [x]\nrpc: [", before[] = "\0\nrpc: db [x]\0\n";

    (void)state;
    assert_int_equal(check(behind, sizeof behind - 1), 0);
    assert_int_equal(check(before, sizeof before - 1), 2);
}

static void test_long_list(void **state)
{
    static char text[100000];
    size_t len = 0;

    (void)state;
    memcpy(text, "rpc:", len = 4);
    while (len < sizeof text - 16) {
        memcpy(text + len, " db", 3);
        len += 3;
    }
    memcpy(text + len, " [x]\n", 5);
    assert_int_equal(check(text, len + 5), 1);
    text[len] = '\n';
    assert_int_equal(check(text, len + 1), 0);
}

static void test_no_file(void **state)
{
    (void)state;
    assert_int_equal(glibc_rejects_line_of("/nonexistent"), 0);
    assert_int_equal(glibc_rejects_line_of("/dev"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_nul_ends_a_line),
        cmocka_unit_test(test_long_list),
        cmocka_unit_test(test_no_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
