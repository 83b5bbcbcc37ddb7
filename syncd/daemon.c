#include "syncd/daemon.h"
#include "copy/board.h"
#include "copy/copy.h"
#include "outage/watcher.h"
#include "syncd/round.h"
#include "syncd/schedule.h"
#include "syncd/signal_fd.h"
#include "syncd/syncd.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM "gitdns-syncd: "
/* A watch for outages that cannot begin is tried again. */
#define WATCH_AGAIN_MS 30000

struct daemon {
    struct config config;
    struct round_state state;
    struct watcher *watcher; /* NULL: none */
    bool unwatched;          /* there should be one, and it has been told */
    bool folder_is_made;     /* /run/gitdns is, by the service manager */
    bool recorded; /* the state file holds what `state` does, or what a round by hand made of it */
    int stop;      /* signal_fd of SIGTERM and SIGINT */
    int reload;    /* and of SIGHUP */
    int timer;
};

static void load_state(struct daemon *daemon)
{
    int directory = open(daemon->config.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (directory < 0)
        return;
    round_state_read(&daemon->state, directory);
    close(directory);
}

/* Runs a round and says what went wrong. */
static enum round_outcome run_round(struct daemon *daemon, bool by_hand)
{
    struct round round;

    round_run(&daemon->config, by_hand, daemon->stop, &daemon->state, &round);
    daemon->recorded = round.recorded;
    for (unsigned i = 0; i < round.lines; i++)
        fprintf(stderr, PROGRAM "%s\n", round.line[i]);
    return round.outcome;
}

int daemon_once(const struct config *config)
{
    struct daemon daemon = {.config = *config};
    enum round_outcome outcome;

    daemon.stop = signal_fd_open(SIGTERM, SIGINT);
    if (daemon.stop < 0) {
        perror(PROGRAM "cannot wait for signals");
        return EXIT_FAILED;
    }
    load_state(&daemon);
    outcome = run_round(&daemon, true);
    close(daemon.stop);
    if (outcome == ROUND_FAILED || outcome == ROUND_STOPPED)
        return EXIT_FAILED;
    printf(PROGRAM "%s: %s\n", config->name, daemon.state.result);
    return EXIT_SUCCESS;
}

static void reload(struct daemon *daemon)
{
    struct signalfd_siginfo info;
    struct config config;
    struct keys keys;
    char error[MESSAGE_OCTETS];

    while (read(daemon->reload, &info, sizeof info) > 0)
        ;
    if (config_load(&config, daemon->config.file, error) != 0 ||
        config_load_keys(&config, &keys, error) != 0) {
        fprintf(stderr, PROGRAM "%s; goes on with the configuration as it was\n", error);
        return;
    }
    daemon->config = config;
    watcher_set_private(daemon->watcher, config.private);
    load_state(daemon);
}

/* Sets the timer to the next round; also to go off when the clock is set. */
static int arm(const struct daemon *daemon)
{
    /* 0 would disarm it. */
    struct itimerspec due = {.it_value.tv_sec = daemon->state.next > 0 ? daemon->state.next : 1};

    if (timerfd_settime(daemon->timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &due, NULL) ==
        0)
        return 0;
    /* timerfd_settime(2), NOTES: the clock was set since the last time; the timer runs again. */
    return errno == ECANCELED ? 0 : -1;
}

/* The module reads the usual store alone, and so who keeps another has no outage to watch for. */
static void watch(struct daemon *daemon)
{
    char error[MESSAGE_OCTETS];

    if (daemon->watcher != NULL || strcmp(daemon->config.directory, STORE_DIRECTORY) != 0)
        return;
    if (watcher_start(&daemon->watcher, daemon->config.private, error) != 0) {
        if (!daemon->unwatched)
            fprintf(stderr, PROGRAM "%s; does not watch for outages, and tries again\n", error);
        daemon->unwatched = true;
        return;
    }
    if (daemon->unwatched)
        fprintf(stderr, PROGRAM "watches for outages now\n");
    daemon->unwatched = false;
}

/* Sleeps until a descriptor is readable. Returns it; the timer's, too, if the watch for outages is
 * to be tried again; or -1. */
static int wait_for_event(const struct daemon *daemon)
{
    struct pollfd events[] = {
        {.fd = daemon->stop, .events = POLLIN},
        {.fd = daemon->reload, .events = POLLIN},
        {.fd = daemon->timer, .events = POLLIN},
        {.fd = daemon->folder_is_made ? watcher_lost(daemon->watcher) : -1, .events = POLLIN},
    };

    while (poll(events, 4, daemon->unwatched ? WATCH_AGAIN_MS : -1) < 0)
        if (errno != EINTR)
            return -1;
    for (int i = 0; i < 4; i++)
        if (events[i].revents != 0)
            return events[i].fd;
    return daemon->timer;
}

/* Returns whether the daemon goes on. */
static bool notified_round(struct daemon *daemon, bool by_hand)
{
    const char *name = daemon->config.name;
    enum round_outcome outcome;

    sd_notifyf(0, "STATUS=%s: a round is under way", name);
    outcome = run_round(daemon, by_hand);
    if (outcome == ROUND_STOPPED)
        return false;
    if (outcome != ROUND_FAILED)
        fprintf(stderr, PROGRAM "%s: %s\n", name, daemon->state.result);
    sd_notifyf(0, "STATUS=%s: %s", name, daemon->state.result);
    return true;
}

/* Returns 0 once a signal ends it; 1: it is to be started again; or -1 with errno. */
static int loop(struct daemon *daemon)
{
    bool asked = false;
    int event;

    for (;;) {
        /* Armed before the clock is read: a clock that is set after that makes the timer go off. */
        if (arm(daemon) != 0)
            return -1;
        if (signal_fd_came(daemon->stop))
            return 0;
        if (asked || schedule_due(&daemon->state, daemon->config.interval, time(NULL))) {
            if (!notified_round(daemon, asked))
                return 0;
            asked = false;
            continue;
        }
        watch(daemon);
        event = wait_for_event(daemon);
        if (event < 0)
            return -1;
        if (event == daemon->stop)
            return 0;
        if (event == watcher_lost(daemon->watcher))
            return 1;
        if (event == daemon->reload) {
            reload(daemon);
            asked = true;
        } else if (daemon->recorded) {
            load_state(daemon);
        }
    }
}

int daemon_run(const struct config *config)
{
    struct daemon daemon = {.config = *config, .recorded = true, .timer = -1};
    int r = -1;

    daemon.stop = signal_fd_open(SIGTERM, SIGINT);
    daemon.reload = signal_fd_open(SIGHUP, SIGHUP);
    daemon.timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (daemon.stop >= 0 && daemon.reload >= 0 && daemon.timer >= 0) {
        /* systemd.exec(5) */
        const char *made = getenv("RUNTIME_DIRECTORY");

        daemon.folder_is_made = made != NULL && strcmp(made, BOARD_DIRECTORY) == 0;
        load_state(&daemon);
        watch(&daemon);
        sd_notify(0, "READY=1");
        r = loop(&daemon);
        sd_notify(0, "STOPPING=1");
        watcher_stop(daemon.watcher);
    }
    if (r > 0)
        fprintf(stderr, PROGRAM "ends, so that the service manager makes the folder again\n");
    if (r < 0)
        perror(PROGRAM "cannot wait for events");
    close(daemon.stop);
    close(daemon.reload);
    close(daemon.timer);
    return r == 0 ? EXIT_SUCCESS : EXIT_FAILED;
}
