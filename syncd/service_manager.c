#include "syncd/service_manager.h"
#include <inttypes.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#define SECOND_USEC 1000000

/* How long it waits for a word, in microseconds; 0: for ever. */
static uint64_t patience(void)
{
    uint64_t usec = 0;

    return sd_watchdog_enabled(0, &usec) > 0 ? usec : 0;
}

int service_manager_open(int *beat)
{
    uint64_t half = patience() / 2;
    const struct timespec often = {.tv_sec = (time_t)(half / SECOND_USEC),
                                   .tv_nsec = (long)(half % SECOND_USEC) * 1000};
    const struct itimerspec times = {.it_interval = often, .it_value = often};

    *beat = -1;
    if (half == 0)
        return 0;
    /* As systemd's own it stands still while this machine is suspended. */
    *beat = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return *beat < 0 ? -1 : timerfd_settime(*beat, 0, &times, NULL);
}

void service_manager_alive(void)
{
    sd_notify(0, "WATCHDOG=1");
}

void service_manager_bear(int64_t seconds)
{
    uint64_t usec = patience();

    if (usec > 0)
        sd_notifyf(0, "WATCHDOG=1\nWATCHDOG_USEC=%" PRIu64, usec + (uint64_t)seconds * SECOND_USEC);
}

void service_manager_ready(void)
{
    sd_notify(0, "READY=1");
}

void service_manager_reloading(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
               (int64_t)now.tv_sec * SECOND_USEC + now.tv_nsec / 1000);
}

void service_manager_stopping(void)
{
    sd_notify(0, "STOPPING=1");
}

void service_manager_status(const struct rounds *rounds)
{
    char text[POLICY_REGISTRIES_MAX * MESSAGE_OCTETS];
    size_t at = 0;

    for (unsigned i = 0; i < rounds->count; i++) {
        const struct rounds_job *job = &rounds->job[i];
        const char *what = job->running ? "a round is under way" : job->state.result;

        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s: %.512s", i > 0 ? "; " : "",
                               job->registry.name, what);
    }
    sd_notifyf(0, "STATUS=%s", text);
}
