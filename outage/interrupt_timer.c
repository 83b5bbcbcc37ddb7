#include "outage/interrupt_timer.h"
#include <signal.h>
#include <unistd.h>

#define SIGNAL (SIGRTMIN + 1)

/* glibc has no name of its own for it before 2.38. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static void nothing(int signal)
{
    (void)signal;
}

void interrupt_timer_start(struct interrupt_timer *timer)
{
    const struct timespec often = {.tv_nsec = INTERRUPT_TIMER_MS * 1000000L};
    const struct itimerspec times = {.it_interval = often, .it_value = often};
    const struct sigaction action = {.sa_handler = nothing};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL};
    sigset_t set;

    event.sigev_notify_thread_id = gettid();
    sigemptyset(&set);
    sigaddset(&set, SIGNAL);
    timer->runs = sigaction(SIGNAL, &action, NULL) == 0 &&
                  pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0 &&
                  timer_create(CLOCK_MONOTONIC, &event, &timer->timer) == 0;
    if (timer->runs)
        timer_settime(timer->timer, 0, &times, NULL);
}

void interrupt_timer_stop(struct interrupt_timer *timer)
{
    if (timer->runs)
        timer_delete(timer->timer);
    timer->runs = false;
}
