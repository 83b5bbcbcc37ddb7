#include "publish/stop.h"
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/eventfd.h>

static volatile sig_atomic_t requested;
static int descriptor = -1;

static void note(int signal)
{
    int error = errno;

    (void)signal;
    requested = 1;
    if (descriptor >= 0)
        eventfd_write(descriptor, 1);
    errno = error;
}

void stop_on_signals(void)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND};

    descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* Who starts it may ignore that, and then there would be no minisign to wait for. */
    signal(SIGCHLD, SIG_DFL);
}

bool stop_requested(void)
{
    return requested != 0;
}

int stop_descriptor(void)
{
    return descriptor;
}
