#include "proof/endless.h"
#include <linux/tcp.h> /* glibc's has a shorter tcp_info */
#include <netinet/in.h>
#include <sys/socket.h>

/* OpenSSL takes 100 KiB of certificates. */
#define HANDSHAKE_OCTETS_MAX (256 * 1024)

bool endless_is(void *unused, int socket)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;

    (void)unused;
    return getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
           info.tcpi_bytes_received > HANDSHAKE_OCTETS_MAX;
}
