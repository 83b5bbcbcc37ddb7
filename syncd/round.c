#include "syncd/round.h"
#include "base/error.h"
#include "copy/deadline.h"
#include "copy/newest.h"
#include "copy/pin.h"
#include "copy/registry_folder.h"
#include "syncd/acceptance.h"
#include "syncd/install.h"
#include "syncd/part_file.h"
#include "syncd/round_record.h"
#include "syncd/take_over.h"
#include "syncd/withheld.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STATE_NEW STATE_FILE ".new"

struct sync {
    const struct config_registry *registry;
    bool by_hand;
    struct round_state *state; /* of the rounds before, until this one is recorded */
    int stop;
    struct folder folder;
    int lock;         /* negative: not held */
    int64_t deadline; /* fetch_clock's, of the whole round */
    struct fetcher *fetcher;
    struct keys keys;
    bool newest_known;
    struct newest newest;
    bool withheld;   /* it holds what `private = no` refuses, and must not answer */
    uint32_t pinned; /* the serial that answers whatever comes; 0: the newest */
    struct offer offer;
    uint32_t taken; /* the serial that this round has put beside the others; 0: none */
    struct mirror mirror[CONFIG_URLS_MAX]; /* one that failed or has been tried has serial 0 */
    unsigned failures; /* causes, to which the end of the round adds what became of the store */
    char failure[CONFIG_URLS_MAX + 1][MESSAGE_OCTETS];
    char summary[MESSAGE_OCTETS]; /* of the round in one line */
    struct round *round;
};

/* A line of the round. */
__attribute__((format(printf, 2, 3))) static void note(struct round *round, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    message_set_list(round->line[round->lines++], format, arguments);
    va_end(arguments);
}

/* Keeps the cause. `mirror`: whose it is, or NULL. Returns `result`. */
static enum sync_result fail(struct sync *sync, enum sync_result result, const char *mirror,
                             const char *error)
{
    sync->round->mirror = mirror;
    message_set(sync->failure[sync->failures++], "%s", error);
    return result;
}

/* `file`: below the folder, with a slash in front; empty: the folder. */
static enum sync_result fail_file(struct sync *sync, const char *file, const char *cause)
{
    char error[MESSAGE_OCTETS];

    message_set(error, "%s%s: %s", sync->folder.path, file, cause);
    return fail(sync, SYNC_FAILED, NULL, error);
}

/* Lets the serial answer that is to: the pinned one, else the newest, which is kept. */
static enum sync_result settle(const struct sync *sync, uint32_t newest, char error[MESSAGE_OCTETS])
{
    int r = serials_switch(sync->folder.fd, sync->pinned != 0 ? sync->pinned : newest);

    if (r == 0)
        return SYNC_OK;
    message_set(error, "%s/" STORE_FILE ": %s", sync->folder.path, error_text(r));
    return SYNC_FAILED;
}

/* Takes back what answers and must not. Returns 0 or -errno. */
static int withhold(struct sync *sync)
{
    int r = withheld_why_file(sync->registry, sync->folder.fd, STORE_FILE);

    sync->withheld = sync->newest.binding && withheld_why(sync->registry, sync->newest.fd) != 0;
    if (r == 0)
        return 0;
    note(sync->round, "%s/" STORE_FILE ": %s; private = no, and it answers no more",
         sync->folder.path, error_text(r));
    return unlinkat(sync->folder.fd, STORE_FILE, 0) < 0 || fsync(sync->folder.fd) < 0 ? -errno : 0;
}

/* Removes what a killed round left, and does what it, or a killed `gitdns checkout`, had still to
 * do. */
static enum sync_result tidy(struct sync *sync)
{
    const struct newest *newest = &sync->newest;
    char error[MESSAGE_OCTETS], file[SERIAL_PATH_OCTETS];
    bool kept;
    int r;

    unlinkat(sync->folder.fd, STATE_NEW, 0);
    r = serials_tidy(sync->folder.fd);
    if (r != 0)
        return fail_file(sync, "/" SERIALS_FOLDER, error_text(r));
    r = pin_read(sync->folder.fd, &sync->pinned);
    if (r != 0)
        return fail_file(sync, "/" PIN_FILE, error_text(r));
    r = sync->pinned != 0 ? serials_find(sync->folder.fd, sync->pinned) : 0;
    if (r == -ENOENT) {
        note(sync->round, "%s/" PIN_FILE ": serial %" PRIu32 " is not kept; the newest answers",
             sync->folder.path, sync->pinned);
        sync->pinned = 0;
    } else if (r < 0) {
        return fail_file(sync, "/" SERIALS_FOLDER, error_text(r));
    }
    if (sync->pinned != 0) {
        serial_path(sync->pinned, file);
        if (withheld_why_file(sync->registry, sync->folder.fd, file) != 0)
            sync->pinned = 0;
    }
    r = withhold(sync);
    if (r != 0)
        return fail_file(sync, "", error_text(r));
    kept = newest->binding && !sync->withheld &&
           serials_find(sync->folder.fd, newest->manifest.serial) != -ENOENT;
    if ((sync->pinned != 0 || kept) && settle(sync, newest->manifest.serial, error) != SYNC_OK)
        return fail(sync, SYNC_FAILED, NULL, error);
    return SYNC_OK;
}

static enum sync_result start_fetcher(struct sync *sync)
{
    const struct fetch_limits limits = {
        .connect_timeout = sync->registry->connect_timeout,
        .stall_timeout = sync->registry->stall_timeout,
        .stop = sync->stop,
    };
    int r = fetcher_open(&sync->fetcher, &limits);

    return r == 0 ? SYNC_OK : fail_file(sync, "", error_text(r));
}

/* Opens and locks the folder, reads what is in hand, and clears away what was left. */
static enum sync_result prepare(struct sync *sync)
{
    char error[MESSAGE_OCTETS];

    sync->folder.fd = registry_folder_open(sync->registry);
    if (sync->folder.fd < 0)
        return fail_file(sync, "", error_text(sync->folder.fd));
    sync->lock = serials_lock(sync->folder.fd);
    if (sync->lock == -EWOULDBLOCK)
        return fail_file(sync, "", "another gitdns-syncd is at work in it");
    if (config_load_keys(sync->registry, &sync->keys, error) != 0)
        return fail(sync, SYNC_FAILED, NULL, error);
    newest_read(&sync->newest, &sync->folder, sync->registry->name, &sync->keys, error);
    if (!sync->newest.binding && take_over_is_owed(sync->folder.fd, sync->registry))
        return fail_file(sync, "", "its serials have not been moved here yet");
    sync->newest_known = true;
    if (error[0] != '\0')
        note(sync->round, "%s", error);
    if (sync->lock < 0)
        return fail_file(sync, "", error_text(sync->lock));
    if (faccessat(sync->folder.fd, ".", W_OK | X_OK, AT_EACCESS) != 0)
        return fail_file(sync, "", error_text(-errno));
    return tidy(sync) == SYNC_OK ? start_fetcher(sync) : SYNC_FAILED;
}

/* The milliseconds left of the round, shared out evenly among `shares` steps: one mirror that sends
 * just fast enough must not use up the others' time. */
static int64_t share(const struct sync *sync, unsigned shares)
{
    int64_t now = fetch_clock();

    return now + (sync->deadline - now) / shares;
}

/* Reads the HEAD of every mirror that this round asks. */
static enum sync_result read_heads(struct sync *sync)
{
    const struct config_registry *registry = sync->registry;
    bool ask[CONFIG_URLS_MAX];
    unsigned left =
        cooldowns_choose(&sync->state->cooldowns, registry, sync->by_hand, time(NULL), ask);

    for (unsigned i = 0; i < registry->urls; i++) {
        struct mirror *mirror = &sync->mirror[i];
        enum sync_result result;

        if (!ask[i])
            continue;
        mirror->fetcher = sync->fetcher;
        mirror->url = registry->url[i];
        mirror->deadline = share(sync, 1 + left--);
        result = sync_result(mirror_head(mirror));
        mirror->standing = result == SYNC_REFUSED ? STANDING_FAILED : STANDING_ANSWERED;
        if (result == SYNC_REFUSED)
            fail(sync, result, mirror->url, mirror->error);
        else if (result != SYNC_OK)
            return fail(sync, result, mirror->url, mirror->error);
    }
    return SYNC_OK;
}

/* Of a good round. */
__attribute__((format(printf, 2, 3))) static void summarise(struct sync *sync, const char *format,
                                                            ...)
{
    char text[MESSAGE_OCTETS], pinned[32] = "";
    va_list arguments;

    va_start(arguments, format);
    message_set_list(text, format, arguments);
    va_end(arguments);
    if (sync->pinned != 0)
        snprintf(pinned, sizeof pinned, "; pinned at %" PRIu32, sync->pinned);
    message_set(sync->summary, "%s%s", text, pinned);
}

/* Returns SYNC_OK and the round's outcome; else the cause is in mirror->error. */
static enum sync_result take_offer(struct sync *sync, struct mirror *mirror)
{
    const struct manifest *manifest = &sync->offer.manifest;
    const struct newest *newest = &sync->newest;
    char cause[MESSAGE_OCTETS];
    enum acceptance acceptance;
    enum sync_result result =
        sync_result(mirror_offer(mirror, &sync->keys, sync->registry->name, &sync->offer));
    int r = 0;

    if (result != SYNC_OK)
        return result;
    acceptance = acceptance_of_offer(sync->registry, newest, &sync->offer, time(NULL), cause);
    if (acceptance == ACCEPTANCE_REFUSED) {
        message_set(mirror->error, "%s%" PRIu32 "/manifest: %s", mirror->url, mirror->serial,
                    cause);
        return SYNC_REFUSED;
    }
    if (acceptance == ACCEPTANCE_UP_TO_DATE && !sync->withheld)
        r = newest_check_whole(newest);
    if (acceptance == ACCEPTANCE_UP_TO_DATE && !sync->withheld && r == 0) {
        sync->round->outcome = ROUND_UP_TO_DATE;
        summarise(sync, "up to date at serial %" PRIu32, manifest->serial);
        /* One of this machine's own doctor knows better. */
        if (strncmp(mirror->url, "file:", 5) != 0 &&
            acceptance_doubts_age(manifest, sync->folder.fd, time(NULL), cause))
            note(sync->round, "%s%" PRIu32 "/manifest: %s", mirror->url, manifest->serial, cause);
        part_file_clean(&sync->folder, NULL);
        return SYNC_OK;
    }
    if (r < 0)
        note(sync->round, "%s/%s: %s; fetched again", sync->folder.path, newest->file,
             error_text(r));
    if (acceptance_doubts_history(newest, manifest, cause))
        note(sync->round, "%s%" PRIu32 "/manifest: %s", mirror->url, manifest->serial, cause);
    result = install_offer(sync->registry, &sync->folder, sync->stop, newest, mirror, &sync->offer,
                           cause);
    if (cause[0] != '\0')
        note(sync->round, "%s", cause);
    if (result == SYNC_OK) {
        sync->taken = manifest->serial;
        result = settle(sync, manifest->serial, mirror->error);
    }
    if (result == SYNC_OK) {
        sync->round->outcome = ROUND_UPDATED;
        if (acceptance_doubts_clocks(manifest, time(NULL), cause))
            note(sync->round, "%s", cause);
        summarise(sync, "serial %" PRIu32 ", %" PRIu64 " names, from %s", manifest->serial,
                  manifest->names, mirror->url);
    }
    return result;
}

/* As take_offer. A mirror that is behind has not failed: its time may come. */
static enum sync_result try_mirror(struct sync *sync, struct mirror *mirror)
{
    char cause[MESSAGE_OCTETS];
    enum sync_result result;

    if (acceptance_of_head(&sync->newest, mirror->serial, cause) == ACCEPTANCE_REFUSED) {
        message_set(mirror->error, "%sHEAD: %s", mirror->url, cause);
        return SYNC_REFUSED;
    }
    result = take_offer(sync, mirror);
    if (result == SYNC_OK)
        mirror->standing = STANDING_GOOD;
    else if (result == SYNC_REFUSED)
        mirror->standing = STANDING_FAILED;
    return result;
}

static enum sync_result run(struct sync *sync)
{
    struct mirror *mirror;
    unsigned left;
    enum sync_result result = prepare(sync);

    if (result == SYNC_OK)
        result = read_heads(sync);
    if (result != SYNC_OK)
        return result;
    result = SYNC_REFUSED;
    while (result == SYNC_REFUSED &&
           (mirror = mirror_next(sync->mirror, sync->registry->urls, &left)) != NULL) {
        mirror->deadline = share(sync, left);
        result = try_mirror(sync, mirror);
        mirror->serial = 0;
        if (result != SYNC_OK)
            fail(sync, result, mirror->url, mirror->error);
    }
    if (result == SYNC_OK)
        serials_prune(sync->folder.fd, sync->offer.manifest.serial, (unsigned)sync->registry->keep);
    return result;
}

/* Turns the causes into the round's lines: each with what became of the store. */
static void conclude(struct sync *sync)
{
    struct round *round = sync->round;
    uint32_t wanted = sync->pinned != 0 ? sync->pinned : sync->newest.manifest.serial;
    uint32_t current = sync->folder.fd >= 0 ? serials_current(sync->folder.fd) : 0;
    char kept[64] = "nothing changed";

    if (round->outcome <= ROUND_UP_TO_DATE)
        snprintf(kept, sizeof kept, "went on to the next mirror");
    else if (sync->withheld && current == 0)
        snprintf(kept, sizeof kept, "no serial answers");
    else if (current != 0 && (current == sync->taken ||
                              (sync->newest_known && sync->newest.binding && current != wanted)))
        /* What failed last was only to make sure of it. */
        snprintf(kept, sizeof kept, "serial %" PRIu32 " answers", current);
    else if (sync->newest_known && sync->newest.present)
        snprintf(kept, sizeof kept, "kept serial %" PRIu32, sync->newest.manifest.serial);
    else if (sync->newest_known)
        snprintf(kept, sizeof kept, "no registry yet");
    for (unsigned i = 0; i < sync->failures; i++)
        note(round, "%s; %s", sync->failure[i], kept);
    if (round->outcome == ROUND_FAILED)
        message_set(sync->summary, "%s", round->line[round->lines - 1]);
}

/* For the rounds to come. */
static void record(struct sync *sync)
{
    struct round *round = sync->round;
    int64_t deadline = round->outcome != ROUND_FAILED
                           ? deadline_of(&sync->offer.manifest, sync->registry->max_age)
                           : sync->newest.deadline; /* 0 without one */
    int r = -EBUSY;

    round_record(sync->state, sync->registry, sync->mirror, round->outcome != ROUND_FAILED,
                 sync->summary, deadline, time(NULL));
    if (sync->lock >= 0)
        r = round_state_write(sync->state, sync->folder.fd);
    round->recorded = r == 0;
    /* After a failure its own line has said enough. */
    if (r != 0 && round->outcome != ROUND_FAILED)
        note(round, "%s/%s: %s; the next round is known to this process alone", sync->folder.path,
             STATE_FILE, error_text(r));
}

void round_run(const struct config_registry *registry, bool by_hand, int stop,
               struct round_state *state, struct round *round)
{
    struct sync sync = {.registry = registry,
                        .by_hand = by_hand,
                        .state = state,
                        .stop = stop,
                        .folder = {.path = registry->directory, .fd = -1},
                        .lock = -1,
                        .newest = {.fd = -1},
                        .deadline = fetch_clock() + registry->round_timeout * 1000,
                        .round = round};
    enum sync_result result;

    *round = (struct round){.outcome = ROUND_FAILED};
    result = run(&sync);
    if (result == SYNC_STOPPED)
        round->outcome = ROUND_STOPPED;
    conclude(&sync);
    if (result != SYNC_STOPPED)
        record(&sync);
    fetcher_close(sync.fetcher);
    newest_close(&sync.newest);
    if (sync.folder.fd >= 0)
        close(sync.folder.fd);
    if (sync.lock >= 0)
        close(sync.lock);
}
