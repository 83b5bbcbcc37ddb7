#include "nss_gitdns/report.h"
#include "copy/board.h"
#include "nss_gitdns/signals.h"
#include "nss_gitdns/tick.h"
#include "registry/name.h"
#include "registry/registry.h"
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static void send_octets(const char *octets, size_t len)
{
    static const struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = REPORT_PATH};
    long fd = syscall(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return;
    syscall(SYS_sendto, (int)fd, octets, len, MSG_DONTWAIT | MSG_NOSIGNAL, &to, sizeof to);
    syscall(SYS_close, (int)fd);
}

/* Out of the way of signal handlers. */
static void send_alone(const char *octets, size_t len)
{
    sigset_t before;

    signals_block(&before);
    send_octets(octets, len);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void report_send(const char *text, _Atomic uint32_t *tick, uint32_t now)
{
    char name[NAME_MAX_OCTETS + 1];
    int len;

    if (atomic_load_explicit(tick, memory_order_relaxed) == now)
        return;
    /* Before the second is taken: text that is no name must not take it from those that are. */
    len = name_normalise(text, strnlen(text, NAME_MAX_OCTETS + 2), name);
    if (len < 0 || !tick_is_first(tick, now))
        return;
    send_alone(name, (size_t)len);
}

void report_denial(const char *name, size_t len, _Atomic uint32_t *tick, uint32_t now)
{
    char octets[1 + NAME_MAX_OCTETS] = {REPORT_DENIED};

    if (len > NAME_MAX_OCTETS || !tick_is_first(tick, now))
        return;
    memcpy(octets + 1, name, len);
    send_alone(octets, 1 + len);
}
