#include "syncd/signal_fd.h"
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>

int signal_fd_open(int first, int second)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, first);
    sigaddset(&set, second);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

bool signal_fd_came(int fd)
{
    struct pollfd events = {.fd = fd, .events = POLLIN};

    return poll(&events, 1, 0) == 1;
}
