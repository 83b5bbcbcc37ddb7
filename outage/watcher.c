#include "outage/watcher.h"
#include "base/clock.h"
#include "base/error.h"
#include "copy/board_write.h"
#include "copy/control.h"
#include "copy/copy.h"
#include "outage/asker.h"
#include "outage/copy_names.h"
#include "outage/gates.h"
#include "outage/names_file.h"
#include "outage/reports.h"
#include "outage/run_folder.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* How often resolv.conf and the clocks are looked at while anything is suspected or out. */
#define TICK_MS 1000
/* Whoever writes what stands behind a resolver each second must not keep us from ever knowing. */
#define ASK_ANEW_MS 10000
/* So much more on the clock that goes on in a suspend than on the one that does not. */
#define SUSPEND_MS 2000

_Static_assert(QUESTIONS_UNDER_WAY_MAX <= PROBER_QUESTIONS_MAX, "each gate is one question");

struct watcher {
    pthread_t thread;
    int stop, lost; /* events: it is to end; the folder cannot be made again */
    struct run_folder folder;
    struct asker asker;
    struct gates gates;
    struct copy_names copy_names;
    enum board_forced forced;
    int64_t rest;      /* until when neither reports nor events are read, ms */
    int64_t suspended; /* how long this machine was, since its start, ms */
    int64_t tick;      /* when resolv.conf and the clocks were looked at */
    int64_t asked_anew;
    int64_t kept;  /* when the names were last written out */
    unsigned full; /* reports in a batch */
};

static int64_t now_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

static int64_t suspended_ms(void)
{
    return clock_ms(CLOCK_BOOTTIME) - now_ms();
}

static void tell(const char *line)
{
    fprintf(stderr, "gitdns-syncd: %s\n", line);
}

/* DNS as resolv.conf has it now. */
static void read_nameservers(struct watcher *watcher)
{
    asker_read_nameservers(&watcher->asker);
    board_set_stamp(watcher->folder.board, watcher->asker.nameservers.conf.stamp);
}

static void force(void *context, enum board_forced forced)
{
    struct watcher *watcher = context;
    char line[MESSAGE_OCTETS];

    if (forced == watcher->forced)
        return;
    gates_forget(&watcher->gates, "an administrator decides what is out", time(NULL));
    watcher->forced = forced;
    board_set(watcher->folder.board, BOARD_WORD_FORCED, forced);
    message_set(line, "outage %s, by an administrator", control_word(forced));
    tell(line);
    if (forced == BOARD_AUTO)
        suspects_root(&watcher->gates, now_ms());
    watcher->tick = 0;
}

static void report(void *context, const char *name, size_t len, uid_t uid)
{
    struct watcher *watcher = context;
    struct gates *gates = &watcher->gates;
    int64_t now = now_ms();

    suspects_count_report(gates);
    if (watcher->forced != BOARD_AUTO)
        return;
    if (!copy_names_has(&watcher->copy_names, name, len)) {
        suspects_root(gates, now);
        return;
    }
    copy_names_report(&watcher->copy_names, name, len);
    suspects_report(gates, name, len, uid, now);
}

/* Whether DNS is still the one that was asked, and within reach. */
static void check(struct watcher *watcher, int64_t now)
{
    /* Without a prober: nothing could be read or opened the last time. */
    struct asker *asker = &watcher->asker;
    bool changed = asker->prober == NULL || resolv_conf_stamp() != asker->nameservers.conf.stamp;
    int64_t suspended = suspended_ms();
    bool resumed = suspended - watcher->suspended > SUSPEND_MS;

    watcher->tick = now;
    watcher->suspended = suspended;
    run_folder_look(&watcher->folder);
    if (changed || resumed) {
        /* Before the board says that this resolv.conf is the one. */
        gates_doubt(&watcher->gates,
                    resumed ? "this machine was suspended" : "resolv.conf has changed", now,
                    time(NULL));
        read_nameservers(watcher);
    } else if (nameservers_behind() != asker->nameservers.behind &&
               now - watcher->asked_anew >= ASK_ANEW_MS) {
        watcher->asked_anew = now;
        gates_ask_anew(&watcher->gates, now);
        read_nameservers(watcher);
    }
    if (watcher->forced == BOARD_ON) {
        board_set(watcher->folder.board, BOARD_WORD_EVERYTHING,
                  (uint32_t)(now / 1000) + GATES_LEASE);
    } else if (asker->prober == NULL || nameservers_unreachable(&asker->nameservers)) {
        gates_forget(&watcher->gates, "no route to any nameserver: nothing to wait for",
                     time(NULL));
        /* Nor is anything asked at the next report before this has been looked at again. */
        watcher->tick = 0;
    }
}

/* So that the board is about resolv.conf as it is now. Nothing is asked for it. */
static void look(void *context)
{
    struct watcher *watcher = context;
    int64_t now = now_ms();

    if (now > watcher->tick)
        check(watcher, now);
}

static void read_reports(struct watcher *watcher)
{
    struct reports_handler handler = {report, force, look, watcher};
    unsigned count = reports_read(watcher->folder.reports, &handler);

    if (count >= watcher->full && watcher->forced == BOARD_AUTO)
        suspects_root(&watcher->gates, now_ms());
    watcher->rest = now_ms() + REPORTS_REST_MS;
}

static int sooner(int a, int b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Does what is due; returns how long nothing will be, in milliseconds, or -1: until a report. */
static int work(struct watcher *watcher)
{
    struct gates *gates = &watcher->gates;
    int64_t now = now_ms();
    int wait;

    if (run_folder_keep(&watcher->folder, now, tell)) {
        gates->board = watcher->folder.board;
        gates->changed = true;
    }
    if (watcher->folder.told)
        eventfd_write(watcher->lost, 1);
    if (questions_wait(gates, now) < 0 && watcher->forced != BOARD_ON && !gates->changed)
        return watcher->folder.lost         ? TICK_MS
               : watcher->folder.events < 0 ? RUN_FOLDER_AGAIN_MS
                                            : -1;
    if (now - watcher->tick >= TICK_MS)
        check(watcher, now);
    gates_renew(gates, now);
    asker_ask(&watcher->asker);
    if (gates->changed && now - watcher->kept >= TICK_MS) {
        names_file_write(gates, watcher->folder.directory);
        watcher->kept = now;
        gates->changed = false;
    }
    wait = sooner(questions_wait(gates, now), TICK_MS);
    return asker_is_due(&watcher->asker) ? sooner(wait, 1000 / QUERIES_A_SECOND) : wait;
}

/* Milliseconds until reports and events are read again. */
static int rest_left(const struct watcher *watcher)
{
    int64_t left = watcher->rest - now_ms();

    return left <= 0 ? 0 : left < REPORTS_REST_MS ? (int)left : REPORTS_REST_MS;
}

/* Besides the prober's. */
#define POLLS 3

/* Returns whether to go on. */
static bool wait_and_read(struct watcher *watcher)
{
    struct pollfd polls[POLLS + PROBER_POLLS_MAX] = {{.fd = watcher->stop, .events = POLLIN},
                                                     {.fd = -1, .events = POLLIN},
                                                     {.fd = -1, .events = POLLIN}};
    int wait = work(watcher), rest = rest_left(watcher);
    unsigned count;

    if (rest > 0) {
        wait = sooner(wait, rest);
    } else {
        polls[1].fd = watcher->folder.reports;
        polls[2].fd = watcher->folder.events;
    }
    count = asker_polls(&watcher->asker, polls + POLLS);
    wait = sooner(wait, asker_wait(&watcher->asker));
    if (poll(polls, POLLS + count, wait) < 0) {
        const struct timespec pause = {.tv_sec = errno == EINTR ? 0 : TICK_MS / 1000};
        uint64_t stop;

        /* Out of memory, at the worst, which passes. */
        nanosleep(&pause, NULL);
        return read(watcher->stop, &stop, sizeof stop) < 0;
    }
    if (polls[0].revents != 0)
        return false;
    asker_process(&watcher->asker, polls + POLLS, count);
    if (polls[1].revents != 0)
        read_reports(watcher);
    if (polls[2].revents != 0) {
        run_folder_heard(&watcher->folder);
        run_folder_look(&watcher->folder);
        /* Whoever may send a report may make events, too: by touching the socket. */
        watcher->rest = now_ms() + REPORTS_REST_MS;
    }
    return true;
}

static void *run(void *argument)
{
    while (wait_and_read(argument))
        ;
    return NULL;
}

/* The thread has ended, or never began. */
static void close_all(struct watcher *watcher)
{
    asker_close(&watcher->asker);
    copy_names_close(&watcher->copy_names);
    run_folder_close(&watcher->folder);
    if (watcher->stop >= 0)
        close(watcher->stop);
    if (watcher->lost >= 0)
        close(watcher->lost);
    free(watcher);
}

int watcher_start(struct watcher **watcher, bool private, char error[MESSAGE_OCTETS])
{
    struct watcher *w = calloc(1, sizeof *w);
    int64_t now = now_ms();
    int r;

    if (w == NULL) {
        message_set(error, "%s", error_text(-ENOMEM));
        return -1;
    }
    w->copy_names.path = STORE_PATH;
    w->copy_names.private = private;
    w->asker.gates = &w->gates;
    w->asker.copy_names = &w->copy_names;
    w->full = reports_full();
    w->suspended = suspended_ms();
    w->asked_anew = now - ASK_ANEW_MS;
    w->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    w->lost = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->stop < 0 || w->lost < 0)
        message_set(error, "eventfd: %s", strerror(errno));
    if (run_folder_open(&w->folder, error) < 0 || w->stop < 0 || w->lost < 0) {
        close_all(w);
        return -1;
    }
    run_folder_look(&w->folder);
    gates_open(&w->gates, w->folder.board, tell, now);
    names_file_read(&w->gates, &w->copy_names, w->folder.directory, now);
    r = pthread_create(&w->thread, NULL, run, w);
    if (r != 0) {
        message_set(error, "%s", strerror(r));
        close_all(w);
        return -1;
    }
    *watcher = w;
    return 0;
}

int watcher_lost(const struct watcher *watcher)
{
    return watcher != NULL ? watcher->lost : -1;
}

void watcher_set_private(struct watcher *watcher, bool private)
{
    if (watcher != NULL)
        watcher->copy_names.private = private;
}

void watcher_stop(struct watcher *watcher)
{
    uint64_t one = 1;

    if (watcher == NULL)
        return;
    while (write(watcher->stop, &one, sizeof one) < 0 && errno == EINTR)
        ;
    pthread_join(watcher->thread, NULL);
    close_all(watcher);
}
