#include "syncd/daemon.h"
#include "copy/board.h"
#include "copy/control.h"
#include "copy/copy.h"
#include "notice/notice.h"
#include "outage/watcher.h"
#include "syncd/folders.h"
#include "syncd/round_told.h"
#include "syncd/rounds.h"
#include "syncd/service_manager.h"
#include "syncd/signal_fd.h"
#include "syncd/syncd.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM "gitdns-syncd: "
/* A watch for outages that cannot begin is tried again. */
#define WATCH_AGAIN_MS 30000

struct daemon {
    struct config config;
    struct rounds rounds;
    struct watcher *watcher; /* NULL: none */
    bool unwatched;          /* there should be one, and it has been told */
    bool folder_is_made;     /* /run/gitdns is, by the service manager */
    bool settled;            /* the policy says which registries are private */
    int stop;                /* signal_fd of SIGTERM and SIGINT */
    int reload;              /* and of SIGHUP */
    int published;           /* and of SIGUSR1 */
    int timer;
    int beat; /* service_manager.h */
};

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    char line[MESSAGE_OCTETS];
    va_list arguments;

    va_start(arguments, format);
    message_set_list(line, format, arguments);
    va_end(arguments);
    notice_say_line(line);
}

/* Returns whether the policy says what the configuration does. */
static bool settle(const struct config *config)
{
    char error[MESSAGE_OCTETS];

    if (folders_settle(config, error) == 0)
        return true;
    say("%s", error);
    return false;
}

/* Runs a round of each registry, but ends them once `stop` is readable. Returns whether all were
 * good. */
static bool run_all(struct rounds *rounds, int stop)
{
    struct pollfd events[] = {{.fd = stop, .events = POLLIN},
                              {.fd = rounds->ended, .events = POLLIN}};
    unsigned left = rounds_start_asked(rounds);
    bool good = true;

    while (left > 0) {
        const struct rounds_job *job;

        if (poll(events, 2, -1) > 0 && events[0].revents != 0)
            rounds_stop(rounds);
        for (; (job = rounds_reap(rounds)) != NULL; left--)
            good = round_told(job, stdout) && good;
    }
    return good;
}

/* One registry's needs no thread. */
static bool run_one(struct rounds *rounds, const char *name, int stop)
{
    struct rounds_job *job = &rounds->job[0];

    while (name != NULL && strcmp(job->registry.name, name) != 0)
        job++;
    round_run(&job->registry, true, stop, &job->state, &job->round);
    return round_told(job, stdout);
}

int daemon_once(const struct config *config, const char *name)
{
    int stop = signal_fd_open(SIGTERM, SIGINT);
    struct rounds rounds;
    bool good;

    if (rounds_open(&rounds) != 0 || stop < 0) {
        perror(PROGRAM "cannot wait for signals");
        return EXIT_FAILED;
    }
    good = settle(config);
    rounds_configure(&rounds, config);
    rounds_ask(&rounds);
    if (name != NULL || rounds.count == 1)
        good = run_one(&rounds, name, stop) && good;
    else
        good = run_all(&rounds, stop) && good;
    rounds_close(&rounds);
    close(stop);
    return good ? EXIT_SUCCESS : EXIT_FAILED;
}

static void end_rounds(struct daemon *daemon)
{
    struct rounds_job *job;

    while ((job = rounds_reap(&daemon->rounds)) != NULL) {
        round_told(job, NULL);
        round_told_expiry(job, time(NULL));
    }
}

static struct watcher_settings watcher_settings(const struct daemon *daemon)
{
    return (struct watcher_settings){.private = !daemon->settled,
                                     .missed = daemon->config.missed,
                                     .denied = daemon->config.denied.octets > 0,
                                     .probe = daemon->config.probe};
}

static void set_watcher(const struct daemon *daemon)
{
    struct watcher_settings settings = watcher_settings(daemon);

    watcher_set(daemon->watcher, &settings);
}

/* Reads the configuration again. What is under way is begun anew: no mirror that stalls can keep a
 * name from being answered no more. */
static void reload(struct daemon *daemon)
{
    struct signalfd_siginfo info;
    struct config config;
    char error[MESSAGE_OCTETS];

    while (read(daemon->reload, &info, sizeof info) > 0)
        ;
    if (config_load(&config, daemon->config.file, error) != 0 ||
        config_check_keys(&config, error) != 0) {
        say("%s; goes on with the configuration as it was", error);
        rounds_ask(&daemon->rounds);
        return;
    }
    rounds_stop(&daemon->rounds);
    end_rounds(daemon);
    daemon->config = config;
    daemon->settled = settle(&daemon->config);
    set_watcher(daemon);
    rounds_configure(&daemon->rounds, &daemon->config);
    rounds_ask(&daemon->rounds);
}

/* Something has been published on this machine: others' mirrors are asked in their time. */
static void look_at_own(struct daemon *daemon)
{
    struct signalfd_siginfo info;

    while (read(daemon->published, &info, sizeof info) > 0)
        ;
    rounds_ask_own(&daemon->rounds);
}

/* Sets the timer to the next round; also to go off when the clock is set. */
static int arm(struct daemon *daemon)
{
    const int flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
    struct itimerspec due = {0};
    int r;

    /* timerfd_settime(2), NOTES: ECANCELED tells that the clock was set since the last time. */
    do {
        due.it_value.tv_sec = rounds_next(&daemon->rounds, time(NULL));
        r = timerfd_settime(daemon->timer, flags, &due, NULL);
    } while (r != 0 && errno == ECANCELED);
    return r;
}

/* The module reads the usual folder alone, and so who keeps another has no outage to watch for. */
static void watch(struct daemon *daemon)
{
    struct watcher_settings settings = watcher_settings(daemon);
    char error[MESSAGE_OCTETS];

    if (daemon->watcher != NULL || strcmp(daemon->config.directory, STORE_DIRECTORY) != 0)
        return;
    if (watcher_start(&daemon->watcher, &settings, error) != 0) {
        if (!daemon->unwatched)
            say("%s; does not watch for outages, and tries again", error);
        daemon->unwatched = true;
        return;
    }
    if (daemon->unwatched)
        say("watches for outages now");
    daemon->unwatched = false;
}

/* A word that all is well: it is the watcher's thread that gives it, once this one has asked. */
static void live(const struct daemon *daemon)
{
    uint64_t times;

    while (read(daemon->beat, &times, sizeof times) > 0)
        ;
    if (daemon->watcher != NULL)
        watcher_ask(daemon->watcher, service_manager_alive);
    else
        service_manager_alive();
}

/* Sleeps until a descriptor is readable. Returns it; the timer's, too, if the watch for outages is
 * to be tried again; or -1. */
static int wait_for_event(const struct daemon *daemon)
{
    struct pollfd events[] = {
        {.fd = daemon->stop, .events = POLLIN},
        {.fd = daemon->beat, .events = POLLIN},
        {.fd = daemon->reload, .events = POLLIN},
        {.fd = daemon->published, .events = POLLIN},
        {.fd = daemon->rounds.ended, .events = POLLIN},
        {.fd = daemon->timer, .events = POLLIN},
        {.fd = daemon->folder_is_made ? watcher_lost(daemon->watcher) : -1, .events = POLLIN},
    };
    const nfds_t count = sizeof events / sizeof *events;

    while (poll(events, count, daemon->unwatched ? WATCH_AGAIN_MS : -1) < 0)
        if (errno != EINTR)
            return -1;
    for (nfds_t i = 0; i < count; i++)
        if (events[i].revents != 0)
            return events[i].fd;
    return daemon->timer;
}

/* Returns 0 once a signal ends it; 1: it is to be started again; or -1 with errno. */
static int loop(struct daemon *daemon)
{
    for (;;) {
        int event;

        /* Armed before the clock is read: a clock that is set after that makes the timer go off. */
        if (arm(daemon) != 0)
            return -1;
        if (signal_fd_came(daemon->stop))
            return 0;
        if (rounds_start(&daemon->rounds, time(NULL)) > 0) {
            service_manager_status(&daemon->rounds);
            /* What a reload has stopped in this thread would begin, and be stopped, for ever. */
            if (!signal_fd_came(daemon->reload))
                continue;
        }
        watch(daemon);
        event = wait_for_event(daemon);
        if (event < 0)
            return -1;
        if (event == daemon->stop)
            return 0;
        if (event == daemon->beat) {
            live(daemon);
        } else if (event == daemon->rounds.ended) {
            end_rounds(daemon);
            set_watcher(daemon);
            service_manager_status(&daemon->rounds);
        } else if (event == watcher_lost(daemon->watcher)) {
            return 1;
        } else if (event == daemon->reload) {
            service_manager_reloading();
            reload(daemon);
            service_manager_ready();
        } else if (event == daemon->published) {
            look_at_own(daemon);
        } else {
            if (!daemon->settled) {
                daemon->settled = settle(&daemon->config);
                set_watcher(daemon);
            }
            rounds_read_states(&daemon->rounds);
        }
    }
}

static int run(struct daemon *daemon)
{
    /* systemd.exec(5) */
    const char *made = getenv("RUNTIME_DIRECTORY");
    int r;

    daemon->folder_is_made = made != NULL && strcmp(made, BOARD_DIRECTORY) == 0;
    daemon->settled = settle(&daemon->config);
    rounds_configure(&daemon->rounds, &daemon->config);
    /* The folder is new with each boot, and the first daemon leaves this in it. */
    if (daemon->folder_is_made && access(CONTROL_SECRET_PATH, F_OK) != 0)
        rounds_booted(&daemon->rounds);
    watch(daemon);
    service_manager_ready();
    r = loop(daemon);
    service_manager_stopping();
    rounds_stop(&daemon->rounds);
    end_rounds(daemon);
    watcher_stop(daemon->watcher);
    return r;
}

int daemon_run(const struct config *config)
{
    struct daemon daemon = {.config = *config, .timer = -1, .beat = -1};
    int r = -1;

    daemon.stop = signal_fd_open(SIGTERM, SIGINT);
    daemon.reload = signal_fd_open(SIGHUP, SIGHUP);
    daemon.published = signal_fd_open(SIGUSR1, SIGUSR1);
    daemon.timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (rounds_open(&daemon.rounds) == 0 && service_manager_open(&daemon.beat) == 0 &&
        daemon.stop >= 0 && daemon.reload >= 0 && daemon.published >= 0 && daemon.timer >= 0)
        r = run(&daemon);
    if (r > 0)
        say("ends, so that the service manager makes the folder again");
    if (r < 0)
        perror(PROGRAM "cannot wait for events");
    rounds_close(&daemon.rounds);
    close(daemon.stop);
    close(daemon.reload);
    close(daemon.published);
    close(daemon.timer);
    if (daemon.beat >= 0)
        close(daemon.beat);
    return r == 0 ? EXIT_SUCCESS : EXIT_FAILED;
}
