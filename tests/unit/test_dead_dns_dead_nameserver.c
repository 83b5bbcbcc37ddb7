/* How long what passes through the dead network is listened to. */
#include "dead_dns/dead_nameserver.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
/* Last: it needs those above. */
#include <cmocka.h>

#define PACKETS 200

/* Sends itself what no packet is. Returns its socket. */
static int make_packets(void)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof own;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), room = 1 << 20;

    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    assert_int_equal(bind(fd, (struct sockaddr *)&own, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &len), 0);
    for (int i = 0; i < PACKETS; i++)
        assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&own, len), 1);
    return fd;
}

/* Who sends without an end keeps nobody else waiting. */
static void takes_turns(void **state)
{
    struct asked *asked = calloc(1, sizeof *asked);
    struct dead_nameserver server = {.passing = make_packets()};
    char octet;

    (void)state;
    assert_non_null(asked);
    dead_nameserver_listen(&server, asked);
    assert_int_equal(recv(server.passing, &octet, 1, MSG_PEEK), 1);
    dead_nameserver_listen(&server, asked);
    assert_int_equal(recv(server.passing, &octet, 1, MSG_PEEK), -1);
    assert_int_equal(asked->count, 0);
    close(server.passing);
    free(asked);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_turns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
