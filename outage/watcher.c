#include "outage/watcher.h"
#include "base/clock.h"
#include "base/error.h"
#include "copy/board_write.h"
#include "copy/control.h"
#include "copy/copy.h"
#include "outage/asked_names.h"
#include "outage/copy_names.h"
#include "outage/gates.h"
#include "outage/names_file.h"
#include "outage/nameservers.h"
#include "outage/prober.h"
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
    int stop;
    struct run_folder folder;
    struct nameservers nameservers;
    struct prober *prober; /* for these; NULL: none yet */
    struct gates gates;
    struct copy_names copy_names;
    enum board_forced forced;
    int64_t rest;      /* until when neither reports nor events are read, ms */
    int64_t suspended; /* how long this machine was, since its start, ms */
    int64_t tick;      /* when resolv.conf and the clocks were looked at */
    int64_t asked_anew;
    int64_t kept;       /* when the names were last written out */
    unsigned full;      /* reports in a batch */
    bool forbidden;     /* to ask; it has been told */
    bool turn_of_query; /* of a question under way, not of the next question */
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

static void done(void *context, void *about, bool answered, enum probe_failure why)
{
    struct watcher *watcher = context;
    bool forbidden = !answered && why == PROBE_FORBIDDEN;

    if (forbidden && !watcher->forbidden)
        tell("may not ask the nameservers (a firewall or security module keeps this user from port "
             "53): cannot tell whether DNS is out");
    watcher->forbidden = forbidden;
    if (forbidden)
        gates_drop(&watcher->gates, about, now_ms(), time(NULL));
    else if (!answered && why == PROBE_NO_MEANS)
        gates_postpone(&watcher->gates, about, now_ms());
    else
        gates_answer(&watcher->gates, about, answered, why, now_ms(), time(NULL));
}

static bool another(void *context, void *about, char name[NAME_MAX_OCTETS + 1])
{
    struct watcher *watcher = context;

    return asked_names_another(&watcher->copy_names, &watcher->gates, about, now_ms(), name);
}

static void late(void *context, const char *subject)
{
    struct watcher *watcher = context;

    gates_answer_late(&watcher->gates, subject, now_ms(), time(NULL));
}

/* DNS as resolv.conf has it now. */
static void read_nameservers(struct watcher *watcher)
{
    const struct prober_handler handler = {done, another, late, watcher};

    prober_close(watcher->prober);
    watcher->prober = NULL;
    nameservers_read(&watcher->nameservers);
    watcher->gates.nameservers =
        watcher->nameservers.conf.count > 0 ? watcher->nameservers.conf.count : 1;
    board_set_stamp(watcher->folder.board, watcher->nameservers.conf.stamp);
    if (watcher->nameservers.conf.count > 0)
        prober_open(&watcher->prober, &watcher->nameservers, &handler);
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
    bool changed =
        watcher->prober == NULL || resolv_conf_stamp() != watcher->nameservers.conf.stamp;
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
    } else if (nameservers_behind() != watcher->nameservers.behind &&
               now - watcher->asked_anew >= ASK_ANEW_MS) {
        watcher->asked_anew = now;
        gates_ask_anew(&watcher->gates, now);
        read_nameservers(watcher);
    }
    if (watcher->forced == BOARD_ON) {
        board_set(watcher->folder.board, BOARD_WORD_EVERYTHING,
                  (uint32_t)(now / 1000) + GATES_LEASE);
    } else if (watcher->prober == NULL || nameservers_unreachable(&watcher->nameservers)) {
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

static void ask(struct watcher *watcher, struct gate *gate, int64_t now)
{
    char text[COMPANION_OCTETS];
    const char *companion;

    if (!asked_names_choose(&watcher->copy_names, &watcher->gates, gate,
                            watcher->nameservers.search, now, text, &companion))
        gates_drop(&watcher->gates, gate, now, time(NULL));
    else if (prober_ask(watcher->prober, gate_subject(gate), companion, gate, now) < 0)
        gates_postpone(&watcher->gates, gate, now);
}

static bool is_due(const struct watcher *watcher, bool root, int64_t now)
{
    return watcher->prober != NULL && prober_is_due(watcher->prober, root, now);
}

/* Whether something was asked. Neither many new questions nor many that have no answer keep the
 * others waiting, and what is asked about everything waits for none of them. */
static bool ask_next(struct watcher *watcher)
{
    struct gates *gates = &watcher->gates;
    int64_t now = now_ms();
    bool query = is_due(watcher, false, now);
    struct gate *gate = NULL;

    if (watcher->prober == NULL)
        return false;
    questions_suspect_root(gates, now);
    if (questions_is_due(gates, now) && (!query || !watcher->turn_of_query) &&
        !is_due(watcher, true, now)) {
        gate = questions_next(gates, now);
        if (gate == NULL)
            return false;
        watcher->turn_of_query = true;
        ask(watcher, gate, now);
        return true;
    }
    if (!query || !questions_pay(gates, now))
        return false;
    watcher->turn_of_query = false;
    prober_send(watcher->prober, now);
    return true;
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
    if (questions_wait(gates, now) < 0 && watcher->forced != BOARD_ON && !gates->changed)
        return watcher->folder.lost         ? TICK_MS
               : watcher->folder.events < 0 ? RUN_FOLDER_AGAIN_MS
                                            : -1;
    if (now - watcher->tick >= TICK_MS)
        check(watcher, now);
    gates_renew(gates, now);
    while (ask_next(watcher))
        ;
    if (gates->changed && now - watcher->kept >= TICK_MS) {
        names_file_write(gates, watcher->folder.directory);
        watcher->kept = now;
        gates->changed = false;
    }
    wait = sooner(questions_wait(gates, now), TICK_MS);
    return is_due(watcher, false, now_ms()) ? sooner(wait, 1000 / QUERIES_A_SECOND) : wait;
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
    unsigned count = 0;

    if (rest > 0) {
        wait = sooner(wait, rest);
    } else {
        polls[1].fd = watcher->folder.reports;
        polls[2].fd = watcher->folder.events;
    }
    if (watcher->prober != NULL) {
        count = prober_polls(watcher->prober, polls + POLLS);
        wait = sooner(wait, prober_wait(watcher->prober, now_ms()));
    }
    if (poll(polls, POLLS + count, wait) < 0) {
        const struct timespec pause = {.tv_sec = errno == EINTR ? 0 : TICK_MS / 1000};
        uint64_t stop;

        /* Out of memory, at the worst, which passes. */
        nanosleep(&pause, NULL);
        return read(watcher->stop, &stop, sizeof stop) < 0;
    }
    if (polls[0].revents != 0)
        return false;
    if (watcher->prober != NULL)
        prober_process(watcher->prober, polls + POLLS, count, now_ms());
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
    prober_close(watcher->prober);
    copy_names_close(&watcher->copy_names);
    run_folder_close(&watcher->folder);
    if (watcher->stop >= 0)
        close(watcher->stop);
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
    w->full = reports_full();
    w->suspended = suspended_ms();
    w->asked_anew = now - ASK_ANEW_MS;
    w->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->stop < 0)
        message_set(error, "eventfd: %s", strerror(errno));
    if (run_folder_open(&w->folder, error) < 0 || w->stop < 0) {
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
