/* What DNS says of a name that it denies, and how long that is waited for. */
#include "outage/denial_question.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
/* Last: it needs those above. */
#include <cmocka.h>

#define HANG_SECONDS 60

static const atomic_bool never = false;
/* Where the process gets no time, as on a machine that is stopped: ms that are missing behind each
 * look at the clock from the second on. */
static int64_t missing;
static int64_t looks;

/* In place of glibc's. */
int clock_gettime(clockid_t clock, struct timespec *time)
{
    int r = (int)syscall(SYS_clock_gettime, clock, time);
    int64_t ms = looks++ > 0 ? missing * (looks - 1) : 0;

    time->tv_sec += ms / 1000;
    time->tv_nsec += ms % 1000 * 1000000;
    time->tv_sec += time->tv_nsec / 1000000000;
    time->tv_nsec %= 1000000000;
    return r;
}

/* A nameserver of this machine that never says anything. Returns its socket. */
static int begin_silent(struct resolv_conf *conf)
{
    struct sockaddr_in *in = &conf->server[0].in;
    socklen_t len = sizeof *in;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    *conf = (struct resolv_conf){.count = 1};
    in->sin_family = AF_INET;
    in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)in, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)in, &len), 0);
    return fd;
}

/* Its end is one, however late this process looks at the clock. */
static void a_process_that_was_stopped(void **state)
{
    struct resolv_conf conf;
    int fd = begin_silent(&conf);

    (void)state;
    for (missing = 400; missing < DENIAL_QUESTION_MS; missing += 800) {
        looks = 0;
        alarm(HANG_SECONDS);
        assert_int_equal(denial_question_ask(&conf, "www.example.com", &never), DENIAL_NO_REPLY);
        alarm(0);
    }
    close(fd);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_that_was_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
