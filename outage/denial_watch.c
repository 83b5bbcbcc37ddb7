#include "outage/denial_watch.h"
#include "base/clock.h"
#include "base/message.h"
#include "copy/board_write.h"
#include "outage/denial_proof.h"
#include "outage/denial_question.h"
#include "outage/public_record.h"
#include "outage/serial_history.h"
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* Between two questions that nobody waits for. */
#define PAUSE_MS 100

static int64_t now_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

static void signal_event(int fd)
{
    while (eventfd_write(fd, 1) < 0 && errno == EINTR)
        ;
}

/* Whether the record is the one that answers for its name, and one that may be asked about. */
static bool may_be_doubted(const struct denial_watch *watch, const struct record *record,
                           unsigned place)
{
    struct record_copy copy;
    struct record answers;
    unsigned which = 0;

    return policy_doubts(&watch->stores.policy, record->name, record->name_len) &&
           public_record_is(&watch->stores.policy, record, place) &&
           stores_find(&watch->stores, record->name, record->name_len, time(NULL), &copy, &answers,
                       &which) == 1 &&
           which == place;
}

/* Gathers those of the stores for which DNS's no is doubted. False: there is no room for all. */
static bool gather(struct denial_watch *watch)
{
    bool room = true;

    for (unsigned i = 0; i < watch->stores.policy.count; i++) {
        const struct store *store = &watch->stores.store[i];
        struct record_copy copy;
        struct record record;
        unsigned position = 0;

        while (store->stamp != 0 && room && store_next(store, &position, &copy, &record) == 1) {
            char *name = watch->name[watch->names];

            if (!may_be_doubted(watch, &record, i))
                continue;
            room = watch->names < DENIALS_MAX;
            if (!room)
                break;
            memcpy(name, record.name, record.name_len);
            name[record.name_len] = '\0';
            watch->names++;
        }
    }
    return room;
}

static void name_all(struct denial_watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    denials_begin(&watch->denials);
    for (unsigned i = 0; i < watch->names; i++)
        denials_name(&watch->denials, watch->name[i], now_ms());
    denials_end(&watch->denials);
    watch->generation++;
    pthread_mutex_unlock(&watch->lock);
    signal_event(watch->changed);
}

/* Opens the stores again if they are others. */
static void look(struct denial_watch *watch)
{
    const struct stores *stores = watch->open ? &watch->stores : &stores_none;
    char line[MESSAGE_OCTETS];
    bool private = watch->private;

    if (stores_look(stores, watch->directory, true) == 0 && private == watch->was_private)
        return;
    watch->was_private = private;
    if (watch->open)
        stores_close(&watch->stores);
    watch->open = stores_open(&watch->stores, watch->directory, NULL) == 0;
    watch->names = 0;
    if (watch->open && !private && (watch->stores.policy.has & POLICY_HAS_DOUBTS) != 0 &&
        !gather(watch)) {
        message_set(line,
                    "[answer] denied: the copy has more than %d of these names; the others "
                    "count as not listed",
                    DENIALS_MAX);
        watch->tell(line);
    }
    /* None of the walk holds up the watcher. */
    name_all(watch);
}

/* What another network's DNS has said does not count. */
static void look_at_nameservers(struct denial_watch *watch)
{
    const struct nameservers *before = &watch->nameservers;

    if (watch->asks && before->conf.stamp == resolv_conf_stamp() &&
        before->behind == nameservers_behind())
        return;
    nameservers_read(&watch->nameservers);
    watch->asks = true;
    denial_watch_forget(watch, now_ms());
}

/* Whether the copy's record of the name has stood for long, and one of its addresses is proven. */
static bool is_proven(const struct denial_watch *watch, const char *name, bool *stood)
{
    struct record_copy copy;
    struct record record;
    unsigned place;

    *stood =
        watch->open &&
        stores_find(&watch->stores, name, strlen(name), time(NULL), &copy, &record, &place) == 1 &&
        serial_history_has(&watch->stores.policy, watch->directory, place, name);
    return *stood && denial_proof_holds(name, &record, &watch->ends);
}

/* DNS has begun to deny it, and that counts. */
static void tell_why_not(const struct denial_watch *watch, const char *name, bool stood)
{
    char line[MESSAGE_OCTETS];

    message_set(line, "%s: DNS denies it, and that counts: %s", name,
                stood ? "none of its addresses is proven"
                      : "it has not stood in three serials over a week");
    watch->tell(line);
}

static void tell_of(const struct denial_watch *watch, const struct denial *before,
                    const struct denial *after, enum denial_reply reply, int64_t now)
{
    char line[MESSAGE_OCTETS];

    if (after->state == DENIAL_WRONG)
        message_set(line, "%s: DNS denies it, but it is proven to be served: the copy answers",
                    after->name);
    else if (reply == DENIAL_YES)
        message_set(line, "%s: DNS no longer denies it, after %" PRId64 " s", after->name,
                    (now - before->since) / 1000);
    else if (after->state == DENIAL_BELIEVED)
        message_set(line, "%s: DNS has denied it for a day: that counts", after->name);
    else
        message_set(line, "%s: nothing proves any more that it is served: DNS's denial counts",
                    after->name);
    watch->tell(line);
}

/* Asks about one, and takes what comes of it unless it is of no use any more. */
static void study(struct denial_watch *watch, struct denial *denial, const struct denial *before,
                  unsigned generation)
{
    enum denial_reply reply =
        denial_question_ask(&watch->nameservers.conf, before->name, &watch->ends);
    bool wanted = before->state == DENIAL_WRONG ? reply != DENIAL_YES
                                                : reply == DENIAL_NO && denial_is_doubted(before);
    bool stood = false, changed = false;
    bool proven = wanted && is_proven(watch, before->name, &stood);
    int64_t now = now_ms();
    struct denial after;

    pthread_mutex_lock(&watch->lock);
    if (watch->generation == generation && !watch->ends)
        changed = denials_take(&watch->denials, denial, reply, proven, now);
    after = *denial;
    pthread_mutex_unlock(&watch->lock);
    if (!changed) {
        if (wanted && !proven && before->since == 0 && after.since != 0)
            tell_why_not(watch, before->name, stood);
        return;
    }
    tell_of(watch, before, &after, reply, now);
    signal_event(watch->changed);
}

static void wait_for(struct denial_watch *watch, int wait)
{
    struct pollfd poll_fd = {.fd = watch->woken, .events = POLLIN};
    eventfd_t value;

    if (poll(&poll_fd, 1, wait) > 0)
        eventfd_read(watch->woken, &value);
}

static void *run(void *argument)
{
    struct denial_watch *watch = argument;

    while (!watch->ends) {
        struct denial *denial, before;
        unsigned generation;
        int wait;

        look(watch);
        look_at_nameservers(watch);
        pthread_mutex_lock(&watch->lock);
        denial = denials_next(&watch->denials, now_ms());
        if (denial != NULL)
            before = *denial;
        generation = watch->generation;
        wait = denials_wait(&watch->denials, now_ms());
        pthread_mutex_unlock(&watch->lock);
        if (denial != NULL) {
            study(watch, denial, &before, generation);
            wait = PAUSE_MS;
        }
        wait_for(watch, wait);
    }
    return NULL;
}

int denial_watch_open(struct denial_watch *watch, const char *directory,
                      void (*tell)(const char *line))
{
    int r = pthread_mutex_init(&watch->lock, NULL);

    watch->directory = directory;
    watch->tell = tell;
    watch->woken = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    watch->changed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (r == 0 && (watch->woken < 0 || watch->changed < 0))
        r = errno;
    return -r;
}

int denial_watch_set(struct denial_watch *watch, bool wanted, bool private)
{
    int r = 0;

    watch->private = private;
    if (wanted && !watch->runs) {
        r = pthread_create(&watch->thread, NULL, run, watch);
        watch->runs = r == 0;
    }
    signal_event(watch->woken);
    return r;
}

void denial_watch_report(struct denial_watch *watch, const char *name, size_t len, int64_t now)
{
    pthread_mutex_lock(&watch->lock);
    denials_report(&watch->denials, name, len, now);
    pthread_mutex_unlock(&watch->lock);
    signal_event(watch->woken);
}

void denial_watch_forget(struct denial_watch *watch, int64_t now)
{
    pthread_mutex_lock(&watch->lock);
    denials_forget(&watch->denials, now);
    watch->generation++;
    pthread_mutex_unlock(&watch->lock);
    signal_event(watch->woken);
    signal_event(watch->changed);
}

void denial_watch_doubt(struct denial_watch *watch, int64_t now)
{
    pthread_mutex_lock(&watch->lock);
    denials_doubt(&watch->denials, now);
    watch->generation++;
    pthread_mutex_unlock(&watch->lock);
    signal_event(watch->woken);
    signal_event(watch->changed);
}

unsigned denial_watch_wrong(struct denial_watch *watch)
{
    unsigned wrong;

    pthread_mutex_lock(&watch->lock);
    wrong = watch->denials.wrong;
    pthread_mutex_unlock(&watch->lock);
    return wrong;
}

static void show(struct denial *denial, struct gates *gates, bool none, uint32_t until)
{
    uint64_t hash = siphash(&gates->key, denial->name, strlen(denial->name));
    const struct gate *gate = suspects_find(gates, hash);

    if (denial->state == DENIAL_WRONG && !none) {
        denial->shown = board_put(gates->board, hash, until) == 0;
        return;
    }
    if (denial->shown && (gate == NULL || gate->state != GATE_OUT))
        board_remove(gates->board, hash);
    denial->shown = false;
}

void denial_watch_show(struct denial_watch *watch, struct gates *gates, bool none, uint32_t until)
{
    uint32_t shown = 0;

    pthread_mutex_lock(&watch->lock);
    for (unsigned i = 0; i < DENIALS_MAX; i++) {
        struct denial *denial = &watch->denials.denial[i];

        if (denial->state == DENIAL_WRONG || denial->shown)
            show(denial, gates, none, until);
        shown += denial->shown;
    }
    pthread_mutex_unlock(&watch->lock);
    board_set(gates->board, BOARD_WORD_DENIED, shown);
}

void denial_watch_close(struct denial_watch *watch)
{
    watch->ends = true;
    if (watch->runs) {
        signal_event(watch->woken);
        pthread_join(watch->thread, NULL);
    }
    if (watch->open)
        stores_close(&watch->stores);
    if (watch->woken >= 0)
        close(watch->woken);
    if (watch->changed >= 0)
        close(watch->changed);
    pthread_mutex_destroy(&watch->lock);
}
