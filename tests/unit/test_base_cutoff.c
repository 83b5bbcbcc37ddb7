/* Sockets that are shut while a library does not come back. */
#include "base/clock.h"
#include "base/cutoff.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Whether it is the one that is to be shut. */
static bool judge(void *user, int socket)
{
    return socket == *(const atomic_int *)user;
}

/* A call that waits for ever. */
static void call(struct cutoff *cutoff, int socket)
{
    int64_t begun = clock_ms(CLOCK_MONOTONIC);
    char octet;

    cutoff_begin(cutoff);
    assert_int_equal(recv(socket, &octet, 1, 0), 0);
    cutoff_end(cutoff);
    assert_true(clock_ms(CLOCK_MONOTONIC) - begun >= CUTOFF_CALL_MS);
}

static void test_shut(void **state)
{
    bool shut[2] = {false, false};
    struct cutoff *cutoff;
    atomic_int judged;
    int a[2], b[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, a), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, b), 0);
    assert_int_equal(cutoff_open(&cutoff, judge, &judged), 0);
    assert_int_equal(cutoff_add(cutoff, a[0], &shut[0]), 0);
    assert_int_equal(cutoff_add(cutoff, b[0], &shut[1]), 0);
    judged = a[0];
    call(cutoff, a[0]);
    assert_true(shut[0]);
    assert_false(shut[1]);
    cutoff_remove(cutoff, a[0]);
    shut[0] = false;
    judged = b[0];
    call(cutoff, b[0]);
    assert_false(shut[0]);
    assert_true(shut[1]);
    cutoff_close(cutoff);
    cutoff_close(NULL);
    for (int i = 0; i < 2; i++) {
        close(a[i]);
        close(b[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
