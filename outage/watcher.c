#include "outage/watcher.h"
#include "base/clock.h"
#include "base/error.h"
#include "copy/copy.h"
#include "outage/names_file.h"
#include "outage/reports.h"
#include "outage/watch.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

_Static_assert(QUESTIONS_UNDER_WAY_MAX <= PROBER_QUESTIONS_MAX, "each gate is one question");

static int64_t now_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

static void read_reports(struct watcher *watcher)
{
    struct reports_handler handler = {watch_report, watch_denied, watch_force,
                                      watch_look,   watcher,      watcher->folder.secret};
    unsigned count = reports_read(watcher->folder.reports, &handler);

    if (count >= watcher->full && watcher->forced.is == BOARD_AUTO)
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
    bool wrong = denial_watch_wrong(&watcher->denials) > 0;
    int wait;

    if (run_folder_keep(&watcher->folder, now, notice_say_line)) {
        gates->board = watcher->folder.board;
        gates->changed = true;
        watcher->shown = 0;
    }
    if (watcher->folder.told)
        eventfd_write(watcher->lost, 1);
    if (periodic_probe_is_due(&watcher->periodic, now))
        watch_probe(watcher, now);
    if (!wrong)
        watch_show_denials(watcher, now);
    if (questions_wait(gates, now) < 0 && !forced_out(&watcher->forced) && !gates->changed &&
        !wrong)
        return watcher->folder.lost         ? WATCH_TICK_MS
               : watcher->folder.events < 0 ? RUN_FOLDER_AGAIN_MS
                                            : -1;
    if (now - watcher->tick >= WATCH_TICK_MS)
        watch_check(watcher, now);
    gates_renew(gates, now);
    watch_show_denials(watcher, now);
    asker_ask(&watcher->asker);
    if (gates->changed && now - watcher->kept >= WATCH_TICK_MS) {
        names_file_write(gates, watcher->folder.directory);
        watcher->kept = now;
        gates->changed = false;
    }
    wait = sooner(questions_wait(gates, now), WATCH_TICK_MS);
    return asker_is_due(&watcher->asker) ? sooner(wait, 1000 / QUERIES_A_SECOND) : wait;
}

/* Milliseconds until reports and events are read again. */
static int rest_left(const struct watcher *watcher)
{
    int64_t left = watcher->rest - now_ms();

    return left <= 0 ? 0 : left < REPORTS_REST_MS ? (int)left : REPORTS_REST_MS;
}

/* Besides the prober's. */
#define POLLS 4

/* Returns whether to go on. */
static bool wait_and_read(struct watcher *watcher)
{
    struct pollfd polls[POLLS + PROBER_POLLS_MAX] = {
        {.fd = watcher->woken, .events = POLLIN},
        {.fd = -1, .events = POLLIN},
        {.fd = -1, .events = POLLIN},
        {.fd = watcher->denials.changed, .events = POLLIN}};
    int wait = work(watcher), rest = rest_left(watcher);
    void (*alive)(void);
    eventfd_t woken;
    unsigned count;

    wait = sooner(wait, periodic_probe_wait(&watcher->periodic, now_ms()));
    wait = sooner(wait, missed_tend(&watcher->missed, watch_everything_out(watcher), now_ms()));
    if (rest > 0) {
        wait = sooner(wait, rest);
    } else {
        polls[1].fd = watcher->folder.reports;
        polls[2].fd = watcher->folder.events;
    }
    count = asker_polls(&watcher->asker, polls + POLLS);
    wait = sooner(wait, asker_wait(&watcher->asker));
    if (poll(polls, POLLS + count, wait) < 0) {
        const struct timespec pause = {.tv_sec = errno == EINTR ? 0 : WATCH_TICK_MS / 1000};

        /* Out of memory, at the worst, which passes. */
        nanosleep(&pause, NULL);
        return !watcher->ends;
    }
    if (polls[0].revents != 0)
        eventfd_read(watcher->woken, &woken);
    if (watcher->ends)
        return false;
    alive = atomic_exchange(&watcher->alive, NULL);
    if (alive != NULL)
        alive();
    asker_process(&watcher->asker, polls + POLLS, count);
    if (polls[1].revents != 0)
        read_reports(watcher);
    if (polls[3].revents != 0) {
        eventfd_read(watcher->denials.changed, &woken);
        watcher->shown = 0;
    }
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
    denial_watch_close(&watcher->denials);
    asker_close(&watcher->asker);
    copy_names_close(&watcher->copy_names);
    missed_close(&watcher->missed);
    run_folder_close(&watcher->folder);
    if (watcher->woken >= 0)
        close(watcher->woken);
    if (watcher->lost >= 0)
        close(watcher->lost);
    free(watcher);
}

static void set_denials(struct watcher *watcher, const struct watcher_settings *settings)
{
    int r = denial_watch_set(&watcher->denials, settings->denied, settings->private);

    if (r != 0) {
        char line[MESSAGE_OCTETS];

        message_set(line, "[answer] denied: %s; DNS's denial counts", strerror(r));
        notice_say_line(line);
    }
}

int watcher_start(struct watcher **watcher, const struct watcher_settings *settings,
                  char error[MESSAGE_OCTETS])
{
    struct watcher *w = calloc(1, sizeof *w);
    int64_t now = now_ms();
    int r;

    if (w == NULL) {
        message_set(error, "%s", error_text(-ENOMEM));
        return -1;
    }
    w->copy_names.directory = STORE_DIRECTORY;
    w->copy_names.private = settings->private;
    w->asker.gates = &w->gates;
    w->asker.copy_names = &w->copy_names;
    w->asker.periodic = &w->periodic;
    w->full = reports_full();
    w->suspended = clock_suspended_ms();
    w->asked_anew = now - WATCH_ASK_ANEW_MS;
    w->woken = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    w->lost = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r = denial_watch_open(&w->denials, STORE_DIRECTORY, notice_say_line);
    if (w->woken < 0 || w->lost < 0 || r < 0)
        message_set(error, "eventfd: %s", strerror(errno));
    if (run_folder_open(&w->folder, error) < 0 || w->woken < 0 || w->lost < 0 || r < 0) {
        close_all(w);
        return -1;
    }
    /* The folder is ours, and so is what another daemon would write. */
    missed_open(&w->missed, STORE_DIRECTORY, settings->missed);
    run_folder_look(&w->folder);
    gates_open(&w->gates, w->folder.board, notice_say, now);
    periodic_probe_open(&w->periodic, settings->probe * 1000, &w->gates.key);
    names_file_read(&w->gates, &w->copy_names, w->folder.directory, now);
    r = pthread_create(&w->thread, NULL, run, w);
    if (r != 0) {
        message_set(error, "%s", strerror(r));
        close_all(w);
        return -1;
    }
    set_denials(w, settings);
    *watcher = w;
    return 0;
}

int watcher_lost(const struct watcher *watcher)
{
    return watcher != NULL ? watcher->lost : -1;
}

static void wake(struct watcher *watcher)
{
    while (eventfd_write(watcher->woken, 1) < 0 && errno == EINTR)
        ;
}

void watcher_set(struct watcher *watcher, const struct watcher_settings *settings)
{
    if (watcher == NULL)
        return;
    watcher->copy_names.private = settings->private;
    missed_keep(&watcher->missed, settings->missed);
    set_denials(watcher, settings);
    watcher->periodic.interval = settings->probe * 1000;
    wake(watcher);
}

void watcher_ask(struct watcher *watcher, void (*alive)(void))
{
    atomic_store(&watcher->alive, alive);
    wake(watcher);
}

void watcher_stop(struct watcher *watcher)
{
    if (watcher == NULL)
        return;
    watcher->ends = true;
    wake(watcher);
    pthread_join(watcher->thread, NULL);
    close_all(watcher);
}
