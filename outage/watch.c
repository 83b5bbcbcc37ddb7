#include "outage/watch.h"
#include "base/clock.h"
#include "copy/board_write.h"
#include "copy/control.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t now_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

/* DNS as resolv.conf has it now. */
static void read_nameservers(struct watcher *watcher)
{
    asker_read_nameservers(&watcher->asker);
    board_set_stamp(watcher->folder.board, watcher->asker.nameservers.conf.stamp);
}

/* Whether it has been read already. */
static bool knows_nameservers(const struct watcher *watcher)
{
    return watcher->asker.nameservers.conf.stamp != 0;
}

static bool may_ask(void *context, const char *name)
{
    return copy_names_may_ask(context, name);
}

/* Whether it has to be read anew: what it says is not what it said, or nothing could be read or
 * opened the last time. */
static bool has_changed(struct watcher *watcher)
{
    struct asker *asker = &watcher->asker;

    if (asker->prober == NULL)
        return true;
    if (resolv_conf_stamp() == asker->nameservers.conf.stamp)
        return false;
    if (!nameservers_stay(&asker->nameservers))
        return true;
    board_set_stamp(watcher->folder.board, asker->nameservers.conf.stamp);
    return false;
}

/* DNS as resolv.conf has it now: another network's, it may be, which is not to learn for which
 * private names the one before was asked. */
static void read_others(struct watcher *watcher)
{
    /* Else what the daemon of before knew is of this DNS. */
    bool others = knows_nameservers(watcher);

    read_nameservers(watcher);
    if (!others)
        return;
    denial_watch_forget(&watcher->denials, now_ms());
    copy_names_forget_reports(&watcher->copy_names);
    gates_keep(&watcher->gates, may_ask, &watcher->copy_names, time(NULL));
}

void watch_force(void *context, const struct control *control)
{
    struct watcher *watcher = context;
    bool drill = watcher->forced.is == BOARD_DRILL;
    char line[MESSAGE_OCTETS];

    if (control->forced == watcher->forced.is && !drill)
        return;
    gates_forget(&watcher->gates, "an administrator decides what is out", time(NULL));
    forced_set(&watcher->forced, control, watcher->folder.board);
    watcher->shown = 0;
    if (drill && control->forced != BOARD_DRILL)
        notice_say_line("the drill has ended");
    if (control->forced == BOARD_DRILL)
        message_set(line, "a drill, by an administrator, for %u seconds", control->seconds);
    else
        message_set(line, "outage %s, by an administrator", control_word(control->forced));
    notice_say_line(line);
    if (control->forced == BOARD_AUTO)
        suspects_root(&watcher->gates, now_ms());
    watcher->tick = 0;
}

/* The time of a drill is over. */
static void end_drill(struct watcher *watcher)
{
    static const struct control automatic = {.forced = BOARD_AUTO};

    gates_forget(&watcher->gates, "the drill has ended", time(NULL));
    forced_set(&watcher->forced, &automatic, watcher->folder.board);
    watcher->shown = 0;
    notice_say_line("the drill has ended: its time is over");
    suspects_root(&watcher->gates, now_ms());
}

void watch_check(struct watcher *watcher, int64_t now)
{
    struct asker *asker = &watcher->asker;
    bool changed = has_changed(watcher);
    int64_t suspended = clock_suspended_ms();
    bool resumed = suspended - watcher->suspended > CLOCK_SUSPEND_MS;

    watcher->tick = now;
    watcher->suspended = suspended;
    run_folder_look(&watcher->folder);
    if (resumed)
        denial_watch_doubt(&watcher->denials, now);
    if (changed || resumed) {
        /* Before the board says that this resolv.conf is the one. */
        gates_doubt(&watcher->gates,
                    resumed ? "this machine was suspended" : "resolv.conf has changed", now,
                    time(NULL));
        read_others(watcher);
    } else if (nameservers_behind() != asker->nameservers.behind &&
               now - watcher->asked_anew >= WATCH_ASK_ANEW_MS) {
        watcher->asked_anew = now;
        gates_ask_anew(&watcher->gates, now);
        read_others(watcher);
    }
    if (forced_has_ended(&watcher->forced))
        end_drill(watcher);
    if (forced_renew(&watcher->forced, watcher->folder.board, now)) {
        /* whatever the nameservers are */
    } else if (asker->prober == NULL || nameservers_unreachable(&asker->nameservers)) {
        gates_forget(&watcher->gates, "no route to any nameserver: nothing to wait for",
                     time(NULL));
        /* Nor is anything asked at the next report before this has been looked at again. */
        watcher->tick = 0;
    }
}

void watch_report(void *context, const char *name, size_t len, uid_t uid)
{
    struct watcher *watcher = context;
    struct gates *gates = &watcher->gates;
    int64_t now = now_ms();
    bool has;

    /* Before the name counts as one that this DNS was asked for. */
    if (knows_nameservers(watcher) && now - watcher->tick >= WATCH_TICK_MS)
        watch_check(watcher, now);
    suspects_count_report(gates);
    has = copy_names_has(&watcher->copy_names, name, len);
    if (!has) {
        missed_report(&watcher->missed, name, len, now);
        /* Now: the end of the outage may be the next that is read. */
        missed_tend(&watcher->missed, watch_everything_out(watcher), now);
    }
    if (watcher->forced.is != BOARD_AUTO)
        return;
    if (!has) {
        suspects_root(gates, now);
        return;
    }
    copy_names_report(&watcher->copy_names, name, len);
    suspects_report(gates, name, len, uid, now);
}

void watch_denied(void *context, const char *name, size_t len)
{
    struct watcher *watcher = context;

    denial_watch_report(&watcher->denials, name, len, now_ms());
}

void watch_look(void *context)
{
    struct watcher *watcher = context;
    int64_t now = now_ms();

    if (now > watcher->tick)
        watch_check(watcher, now);
}

void watch_probe(struct watcher *watcher, int64_t now)
{
    char name[NAME_MAX_OCTETS + 1];

    if (now - watcher->tick >= WATCH_TICK_MS)
        watch_check(watcher, now);
    if (watcher->forced.is == BOARD_AUTO && watcher->gates.root.state == GATE_FREE &&
        periodic_probe_pick(&watcher->periodic, &watcher->copy_names, now, name))
        suspects_probe(&watcher->gates, name, strlen(name), now);
}

void watch_show_denials(struct watcher *watcher, int64_t now)
{
    if (watcher->shown != 0 && now - watcher->shown < GATES_RENEW_MS)
        return;
    watcher->shown = now;
    denial_watch_show(&watcher->denials, &watcher->gates, watcher->forced.is != BOARD_AUTO,
                      (uint32_t)(now / 1000) + GATES_LEASE);
}
