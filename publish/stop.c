#include "publish/stop.h"
#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t requested;

static void note(int signal)
{
    (void)signal;
    requested = 1;
}

void stop_on_signals(void)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND};

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool stop_requested(void)
{
    return requested != 0;
}
