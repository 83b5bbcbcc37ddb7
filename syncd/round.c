#include "base/base.h"
#include "base/error.h"
#include "syncd/acceptance.h"
#include "syncd/download.h"
#include "syncd/install.h"
#include "syncd/round_part.h"
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The milliseconds left of the round, shared out evenly among `shares` steps: one mirror that sends
 * just fast enough must not use up the others' time. */
static int64_t share(const struct sync *sync, unsigned shares)
{
    int64_t now = fetch_clock();
    return now + (sync->deadline - now) / shares;
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
            round_fail(sync, result, mirror->error);
        else if (result != SYNC_OK)
            return round_fail(sync, result, mirror->error);
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

    if (!sync->newest.binding || manifest->parent != sync->newest.manifest.serial)
        return;
    crypto_hash_sha256(sha256, (const unsigned char *)sync->newest.text, sync->newest.text_len);
    if (memcmp(sha256, manifest->parent_sha256, SHA256_OCTETS) != 0)
        round_note(sync->round,
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
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (sync->pinned != 0)
        snprintf(pinned, sizeof pinned, "; pinned at %" PRIu32, sync->pinned);
    message_set(sync->summary, "%s%s", text, pinned);
}

/* Returns SYNC_… with mirror->error, or SYNC_OK and the round's outcome. */
static int take_offer(struct sync *sync, struct mirror *mirror)
{
    const struct manifest *manifest = &sync->offer.manifest;
    const struct newest *newest = &sync->newest;
    char cause[MESSAGE_OCTETS];

    int result = mirror_offer(mirror, &sync->keys, sync->config->name, &sync->offer);
    if (result != SYNC_OK)
        return result;

    enum acceptance acceptance =
        acceptance_of_offer(sync->config, newest, &sync->offer, time(NULL), cause);
    if (acceptance == ACCEPTANCE_REFUSED) {
        message_set(mirror->error, "%s%" PRIu32 "/manifest: %s", mirror->url, mirror->serial,
                    cause);
        return SYNC_REFUSED;
    }
    if (acceptance == ACCEPTANCE_UP_TO_DATE && newest_is_whole(newest)) {
        sync->round->outcome = ROUND_UP_TO_DATE;
        summarise(sync, "up to date at serial %" PRIu32, manifest->serial);
        download_clean(&sync->folder, NULL);
        return SYNC_OK;
    }
    if (acceptance == ACCEPTANCE_UP_TO_DATE)
        round_note(sync->round, "%s/%s: %s; fetched again", sync->folder.path, newest->file,
                   error_text(E_STORE_DAMAGED));
    warn_of_history(sync, mirror);
    result =
        install_offer(sync->config, &sync->folder, sync->stop, newest, mirror, &sync->offer, cause);
    if (cause[0] != '\0')
        round_note(sync->round, "%s", cause);
    if (result == SYNC_OK)
        result = round_settle(sync, manifest->serial, mirror->error);
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

    if (acceptance_of_head(&sync->newest, mirror->serial, cause) == ACCEPTANCE_REFUSED) {
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

    int result = round_prepare(sync);
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
            round_fail(sync, result, mirror->error);
    }
    if (result == SYNC_OK)
        serials_prune(sync->folder.fd, sync->offer.manifest.serial, (unsigned)sync->config->keep);
    return result;
}

void round_run(const struct config *config, bool by_hand, int stop, struct round_state *state,
               struct round *round)
{
    struct sync sync = {
        .config = config,
        .by_hand = by_hand,
        .state = state,
        .stop = stop,
        .folder = {.path = config->directory, .fd = -1},
        .lock = -1,
        .newest = {.fd = -1},
        .deadline = fetch_clock() + config->round_timeout * 1000,
        .round = round,
    };

    *round = (struct round){.outcome = ROUND_FAILED};
    int result = run(&sync);
    if (result == SYNC_STOPPED)
        round->outcome = ROUND_STOPPED;
    round_conclude(&sync);
    if (result != SYNC_STOPPED)
        round_stamp(&sync);
    fetcher_close(sync.fetcher);
    newest_close(&sync.newest);
    if (sync.folder.fd >= 0)
        close(sync.folder.fd);
    if (sync.lock >= 0)
        close(sync.lock);
}
