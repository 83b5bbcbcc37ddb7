#include "base/error.h"
#include "copy/copy.h"
#include "syncd/round_part.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#define STATE_NEW STATE_FILE ".new"

static int fail_folder(struct sync *sync, const char *cause)
{
    char error[MESSAGE_OCTETS];
    message_set(error, "%s: %s", sync->folder.path, cause);
    return round_fail(sync, SYNC_FAILED, error);
}

int round_settle(const struct sync *sync, uint32_t newest, char error[MESSAGE_OCTETS])
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
    const struct newest *newest = &sync->newest;
    char error[MESSAGE_OCTETS];

    unlinkat(sync->folder.fd, STATE_NEW, 0);
    int status = serials_tidy(sync->folder.fd);
    if (status != 0) {
        message_set(error, "%s/" SERIALS_FOLDER ": %s", sync->folder.path, error_text(status));
        return round_fail(sync, SYNC_FAILED, error);
    }
    status = serials_pinned(sync->folder.fd, &sync->pinned);
    if (status != 0) {
        message_set(error, "%s/" PIN_FILE ": %s", sync->folder.path, error_text(status));
        return round_fail(sync, SYNC_FAILED, error);
    }
    if (sync->pinned != 0 && !serials_has(sync->folder.fd, sync->pinned)) {
        round_note(sync->round,
                   "%s/" PIN_FILE ": serial %" PRIu32 " is not kept; the newest answers",
                   sync->folder.path, sync->pinned);
        sync->pinned = 0;
    }
    bool kept = newest->binding && serials_has(sync->folder.fd, newest->manifest.serial);
    if ((sync->pinned != 0 || kept) &&
        round_settle(sync, newest->manifest.serial, error) != SYNC_OK)
        return round_fail(sync, SYNC_FAILED, error);
    return SYNC_OK;
}

int round_prepare(struct sync *sync)
{
    char error[MESSAGE_OCTETS];

    sync->folder.fd = open(sync->folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (sync->folder.fd < 0)
        return fail_folder(sync, error_text(-errno));
    sync->lock = serials_lock(sync->folder.fd);
    if (sync->lock == -EWOULDBLOCK)
        return fail_folder(sync, "another gitdns-syncd is at work in it");
    if (config_load_keys(sync->config, &sync->keys, error) != 0)
        return round_fail(sync, SYNC_FAILED, error);
    newest_read(&sync->newest, &sync->folder, sync->config->name, &sync->keys, error);
    sync->newest_known = true;
    if (error[0] != '\0')
        round_note(sync->round, "%s", error);
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
