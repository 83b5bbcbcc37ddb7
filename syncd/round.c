#include "round.h"
#include "download.h"
#include "hand.h"
#include "install.h"
#include "judge.h"
#include "mirror.h"
#include "registry/error.h"
#include "schedule.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STATE_NEW STATE_FILE ".new"

/* What the round makes of a mirror. */
enum standing {
    STANDING_UNKNOWN = 0, /* not asked */
    STANDING_ANSWERED,    /* with a HEAD; no more was asked, or what failed was not its fault */
    STANDING_GOOD,        /* served the round */
    STANDING_FAILED,
};

struct sync {
    const struct config *config;
    bool by_hand;
    struct state *state; /* of the rounds before, until this one is stamped */
    int stop;
    struct folder folder;
    int lock;         /* negative: not held */
    int64_t deadline; /* fetch_clock's, of the whole round */
    struct fetcher *fetcher;
    struct keys keys;
    bool hand_known;
    struct hand hand;
    uint32_t pinned; /* the serial that answers whatever comes; 0: the newest */
    struct offer offer;
    struct mirror mirror[CONFIG_URLS_MAX]; /* one that failed or has been tried has serial 0 */
    enum standing standing[CONFIG_URLS_MAX];
    unsigned failures; /* causes, to which the end of the round adds what became of the store */
    char failure[CONFIG_URLS_MAX + 1][MESSAGE_OCTETS];
    char summary[MESSAGE_OCTETS]; /* of a good round */
    struct round *round;
};

__attribute__((format(printf, 2, 3))) static void note(struct round *round, const char *format, ...)
{
    char text[MESSAGE_OCTETS];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    message_set(round->line[round->lines++], "%s", text);
}

/* The milliseconds left of the round, shared out evenly among `shares` steps: one mirror that sends
 * just fast enough must not use up the others' time. */
static int64_t share(const struct sync *sync, unsigned shares)
{
    int64_t now = fetch_clock();
    return now + (sync->deadline - now) / shares;
}

static int fail(struct sync *sync, int result, const char *error)
{
    message_set(sync->failure[sync->failures++], "%s", error);
    return result;
}

static int fail_folder(struct sync *sync, const char *cause)
{
    char error[MESSAGE_OCTETS];
    message_set(error, "%s: %s", sync->folder.path, cause);
    return fail(sync, SYNC_FAILED, error);
}

/* Lets the serial answer that is to: the pinned one, else the newest, which is kept. */
static int settle(const struct sync *sync, uint32_t newest, char error[MESSAGE_OCTETS])
{
    int status = serials_switch(sync->folder.fd, sync->pinned != 0 ? sync->pinned : newest);

    if (status == 0)
        return SYNC_OK;
    message_set(error, "%s/" STORE_FILE ": %s", sync->folder.path, error_text(status));
    return SYNC_FAILED;
}

/* Removes what a killed round left, and does what it, or a killed `gitdns checkout`, had still to
 * do. */
static int tidy(struct sync *sync)
{
    const struct hand *hand = &sync->hand;
    char error[MESSAGE_OCTETS];

    unlinkat(sync->folder.fd, STATE_NEW, 0);
    int status = serials_tidy(sync->folder.fd);
    if (status != 0) {
        message_set(error, "%s/" SERIALS_FOLDER ": %s", sync->folder.path, error_text(status));
        return fail(sync, SYNC_FAILED, error);
    }
    status = serials_pinned(sync->folder.fd, &sync->pinned);
    if (status != 0) {
        message_set(error, "%s/" PIN_FILE ": %s", sync->folder.path, error_text(status));
        return fail(sync, SYNC_FAILED, error);
    }
    if (sync->pinned != 0 && !serials_has(sync->folder.fd, sync->pinned)) {
        note(sync->round, "%s/" PIN_FILE ": serial %" PRIu32 " is not kept; the newest answers",
             sync->folder.path, sync->pinned);
        sync->pinned = 0;
    }
    bool kept = hand->binding && serials_has(sync->folder.fd, hand->manifest.serial);
    if ((sync->pinned != 0 || kept) && settle(sync, hand->manifest.serial, error) != SYNC_OK)
        return fail(sync, SYNC_FAILED, error);
    return SYNC_OK;
}

/* Opens and locks the folder, and reads what is in hand. */
static int prepare(struct sync *sync)
{
    char error[MESSAGE_OCTETS];

    sync->folder.fd = open(sync->folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (sync->folder.fd < 0)
        return fail_folder(sync, error_text(-errno));
    sync->lock = serials_lock(sync->folder.fd);
    if (sync->lock == -EWOULDBLOCK)
        return fail_folder(sync, "another gitdns-syncd is at work in it");
    if (config_load_keys(sync->config, &sync->keys, error) != 0)
        return fail(sync, SYNC_FAILED, error);
    hand_read(&sync->hand, &sync->folder, sync->config->name, &sync->keys, error);
    sync->hand_known = true;
    if (error[0] != '\0')
        note(sync->round, "%s", error);
    if (sync->lock < 0)
        return fail_folder(sync, error_text(sync->lock));
    if (faccessat(sync->folder.fd, ".", W_OK | X_OK, AT_EACCESS) != 0)
        return fail_folder(sync, error_text(-errno));
    if (tidy(sync) != SYNC_OK)
        return SYNC_FAILED;

    struct fetch_limits limits = {
        .connect_timeout = sync->config->connect_timeout,
        .stall_timeout = sync->config->stall_timeout,
        .stop = sync->stop,
    };
    int status = fetcher_open(&sync->fetcher, &limits);
    return status == 0 ? SYNC_OK : fail_folder(sync, error_text(status));
}

/* Reads the HEAD of every mirror that this round asks. */
static int read_heads(struct sync *sync)
{
    const struct config *config = sync->config;
    bool ask[CONFIG_URLS_MAX];

    unsigned left =
        cooldowns_choose(&sync->state->cooldowns, config, sync->by_hand, time(NULL), ask);
    for (unsigned i = 0; i < config->urls; i++) {
        struct mirror *mirror = &sync->mirror[i];
        if (!ask[i])
            continue;
        mirror->fetcher = sync->fetcher;
        mirror->url = config->url[i];
        mirror->deadline = share(sync, 1 + left--);
        int result = mirror_head(mirror);
        sync->standing[i] = result == SYNC_REFUSED ? STANDING_FAILED : STANDING_ANSWERED;
        if (result == SYNC_REFUSED)
            fail(sync, result, mirror->error);
        else if (result != SYNC_OK)
            return fail(sync, result, mirror->error);
    }
    return SYNC_OK;
}

/* The mirror to try next: highest serial first, else in the order of the configuration. NULL: none
 * is left. *left: how many there are. */
static struct mirror *next_mirror(struct sync *sync, unsigned *left)
{
    struct mirror *best = NULL;
    *left = 0;
    for (unsigned i = 0; i < sync->config->urls; i++) {
        struct mirror *mirror = &sync->mirror[i];
        *left += mirror->serial != 0;
        if (mirror->serial != 0 && (best == NULL || mirror->serial > best->serial))
            best = mirror;
    }
    return best;
}

/* A publisher that lost its history is honest; a thief of its key would not slip. */
static void warn_of_history(struct sync *sync, const struct mirror *mirror)
{
    const struct manifest *manifest = &sync->offer.manifest;
    unsigned char sha256[SHA256_OCTETS];

    if (!sync->hand.binding || manifest->parent != sync->hand.manifest.serial)
        return;
    crypto_hash_sha256(sha256, (const unsigned char *)sync->hand.text, sync->hand.text_len);
    if (memcmp(sha256, manifest->parent_sha256, SHA256_OCTETS) != 0)
        note(sync->round,
             "%s%" PRIu32 "/manifest: continues another serial %" PRIu32
             " than the one in hand; goes on",
             mirror->url, manifest->serial, manifest->parent);
}

__attribute__((format(printf, 2, 3))) static void summarise(struct sync *sync, const char *format,
                                                            ...)
{
    char text[MESSAGE_OCTETS], pinned[32] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (sync->pinned != 0)
        snprintf(pinned, sizeof(pinned), "; pinned at %" PRIu32, sync->pinned);
    message_set(sync->summary, "%s%s", text, pinned);
}

/* Returns SYNC_… with mirror->error, or SYNC_OK and the round's outcome. */
static int take_offer(struct sync *sync, struct mirror *mirror)
{
    const struct manifest *manifest = &sync->offer.manifest;
    const struct hand *hand = &sync->hand;
    char cause[MESSAGE_OCTETS];

    int result = mirror_offer(mirror, &sync->keys, sync->config->name, &sync->offer);
    if (result != SYNC_OK)
        return result;

    enum verdict verdict = judge_offer(sync->config, hand, &sync->offer, time(NULL), cause);
    if (verdict == VERDICT_REFUSED) {
        message_set(mirror->error, "%s%" PRIu32 "/manifest: %s", mirror->url, mirror->serial,
                    cause);
        return SYNC_REFUSED;
    }
    if (verdict == VERDICT_UP_TO_DATE && hand_is_whole(hand)) {
        sync->round->outcome = ROUND_UP_TO_DATE;
        summarise(sync, "up to date at serial %" PRIu32, manifest->serial);
        download_clean(&sync->folder, NULL);
        return SYNC_OK;
    }
    if (verdict == VERDICT_UP_TO_DATE)
        note(sync->round, "%s/%s: %s; fetched again", sync->folder.path, hand->file,
             error_text(E_STORE_DAMAGED));
    warn_of_history(sync, mirror);
    result =
        install_offer(sync->config, &sync->folder, sync->stop, hand, mirror, &sync->offer, cause);
    if (cause[0] != '\0')
        note(sync->round, "%s", cause);
    if (result == SYNC_OK)
        result = settle(sync, manifest->serial, mirror->error);
    if (result == SYNC_OK) {
        sync->round->outcome = ROUND_UPDATED;
        summarise(sync, "serial %" PRIu32 ", %" PRIu64 " names, from %s", manifest->serial,
                  manifest->names, mirror->url);
    }
    return result;
}

/* As take_offer. A mirror that is behind has not failed: its time may come. */
static int try_mirror(struct sync *sync, struct mirror *mirror)
{
    char cause[MESSAGE_OCTETS];

    if (judge_head(&sync->hand, mirror->serial, cause) == VERDICT_REFUSED) {
        message_set(mirror->error, "%sHEAD: %s", mirror->url, cause);
        return SYNC_REFUSED;
    }
    int result = take_offer(sync, mirror);
    if (result == SYNC_OK)
        sync->standing[mirror - sync->mirror] = STANDING_GOOD;
    else if (result == SYNC_REFUSED)
        sync->standing[mirror - sync->mirror] = STANDING_FAILED;
    return result;
}

/* Returns the round's SYNC_…. */
static int run(struct sync *sync)
{
    struct mirror *mirror;
    unsigned left;

    int result = prepare(sync);
    if (result == SYNC_OK)
        result = read_heads(sync);
    if (result != SYNC_OK)
        return result;
    result = SYNC_REFUSED;
    while (result == SYNC_REFUSED && (mirror = next_mirror(sync, &left)) != NULL) {
        mirror->deadline = share(sync, left);
        result = try_mirror(sync, mirror);
        mirror->serial = 0;
        if (result != SYNC_OK)
            fail(sync, result, mirror->error);
    }
    if (result == SYNC_OK)
        serials_prune(sync->folder.fd, sync->offer.manifest.serial, (unsigned)sync->config->keep);
    return result;
}

/* Turns the causes into the round's lines: each with what became of the store. */
static void conclude(struct sync *sync)
{
    char kept[64] = "nothing changed";
    if (sync->round->outcome <= ROUND_UP_TO_DATE)
        snprintf(kept, sizeof(kept), "went on to the next mirror");
    else if (sync->hand_known && sync->hand.present)
        snprintf(kept, sizeof(kept), "kept serial %" PRIu32, sync->hand.manifest.serial);
    else if (sync->hand_known)
        snprintf(kept, sizeof(kept), "no registry yet");
    for (unsigned i = 0; i < sync->failures; i++)
        note(sync->round, "%s; %s", sync->failure[i], kept);
    if (sync->round->outcome == ROUND_FAILED)
        message_set(sync->summary, "%s", sync->round->line[sync->round->lines - 1]);
}

/* Notes which mirrors are to be left alone for a while. A HEAD says that a mirror is there again,
 * not that it has stopped lying. */
static void cool_down(const struct sync *sync, int64_t now)
{
    struct cooldowns *cooldowns = &sync->state->cooldowns;

    cooldowns_keep(cooldowns, sync->config);
    for (unsigned i = 0; i < sync->config->urls; i++) {
        const struct mirror *mirror = &sync->mirror[i];
        const struct cooldown *before = cooldowns_find(cooldowns, sync->config->url[i]);
        bool lied = before != NULL && before->cause == COOLDOWN_LIED;

        if (sync->standing[i] == STANDING_FAILED && mirror->lied)
            cooldowns_add(cooldowns, mirror->url, COOLDOWN_LIED, 0, now);
        else if (sync->standing[i] == STANDING_FAILED)
            cooldowns_add(cooldowns, mirror->url,
                          mirror->retry_after > 0 ? COOLDOWN_BUSY : COOLDOWN_FAILED,
                          mirror->retry_after, now);
        else if (sync->standing[i] == STANDING_GOOD ||
                 (sync->standing[i] == STANDING_ANSWERED && !lied))
            cooldowns_remove(cooldowns, mirror->url);
    }
}

static void stamp(struct sync *sync)
{
    const struct config *config = sync->config;
    struct state *state = sync->state;
    struct round *round = sync->round;

    uint64_t seed = schedule_machine_seed(config->name);
    if (seed == 0 && state->seed == 0)
        randombytes_buf(&state->seed, sizeof(state->seed));
    if (seed == 0)
        seed = state->seed;

    if (round->outcome != ROUND_FAILED)
        state->failures = 0;
    else if (state->failures < UINT_MAX)
        state->failures++;
    state->last = time(NULL);
    cool_down(sync, state->last);
    int64_t retry_after = cooldowns_retry_after(&state->cooldowns, config, state->last);
    state->next =
        state->last + schedule_delay(config->interval, schedule_spread(config->interval, seed),
                                     state->failures, retry_after);
    memcpy(state->result, sync->summary, sizeof(state->result));

    int status = sync->lock >= 0 ? state_write(state, sync->folder.fd) : -EBUSY;
    round->recorded = status == 0;
    /* After a failure its own line has said enough. */
    if (status != 0 && round->outcome != ROUND_FAILED)
        note(round, "%s/%s: %s; the next round is known to this process alone", config->directory,
             STATE_FILE, error_text(status));
}

void round_run(const struct config *config, bool by_hand, int stop, struct state *state,
               struct round *round)
{
    struct sync sync = {
        .config = config,
        .by_hand = by_hand,
        .state = state,
        .stop = stop,
        .folder = {.path = config->directory, .fd = -1},
        .lock = -1,
        .hand = {.fd = -1},
        .deadline = fetch_clock() + config->round_timeout * 1000,
        .round = round,
    };

    *round = (struct round){.outcome = ROUND_FAILED};
    int result = run(&sync);
    if (result == SYNC_STOPPED)
        round->outcome = ROUND_STOPPED;
    conclude(&sync);
    if (result != SYNC_STOPPED)
        stamp(&sync);
    fetcher_close(sync.fetcher);
    hand_close(&sync.hand);
    if (sync.folder.fd >= 0)
        close(sync.folder.fd);
    if (sync.lock >= 0)
        close(sync.lock);
}
