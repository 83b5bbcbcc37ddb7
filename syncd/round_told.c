#include "syncd/round_told.h"
#include "base/number.h"
#include "copy/copy.h"
#include "copy/freshness.h"
#include "copy/pin.h"
#include "copy/registry_folder.h"
#include "copy/store_verify.h"
#include "notice/notice.h"
#include <inttypes.h>
#include <unistd.h>

/* The store that answers. */
struct answering {
    bool there; /* else the rest means nothing */
    bool pinned;
    struct manifest manifest;
    int64_t deadline;
};

static void read_answering(struct answering *answering, const struct config_registry *registry)
{
    int folder = registry_folder_open(registry);
    uint32_t pinned = 0;
    struct store store;

    *answering = (struct answering){0};
    if (folder < 0)
        return;
    if (store_open_at(folder, STORE_FILE, &store, &answering->manifest) == 0) {
        answering->there = true;
        answering->deadline = store.deadline;
        store_unmap(&store);
    }
    answering->pinned = pin_read(folder, &pinned) == 0 && pinned != 0;
    close(folder);
}

static void begin(struct notice *notice, enum notice_event event, const struct rounds_job *job)
{
    *notice = (struct notice){.event = event};
    notice_add(notice, "GITDNS_REGISTRY=%s", job->registry.name);
}

static void add_failure(struct notice *notice, const struct rounds_job *job)
{
    struct answering answering;

    read_answering(&answering, &job->registry);
    if (answering.there)
        notice_add(notice, "GITDNS_SERIAL=%" PRIu32, answering.manifest.serial);
    if (job->round.mirror != NULL)
        notice_add(notice, "GITDNS_MIRROR=%s", job->round.mirror);
    notice_add(notice, "GITDNS_FAILURES=%u", job->state.failures);
}

bool round_told(const struct rounds_job *job, FILE *where)
{
    const struct round *round = &job->round;
    bool good = round->outcome == ROUND_UPDATED || round->outcome == ROUND_UP_TO_DATE;
    struct notice notice;

    for (unsigned i = 0; i < round->lines; i++) {
        bool failed = round->outcome == ROUND_FAILED && i + 1 == round->lines;

        begin(&notice, failed ? NOTICE_ROUND_FAILED : NOTICE_LINE, job);
        if (failed)
            add_failure(&notice, job);
        message_set(notice.line, "%s", round->line[i]);
        notice_say(&notice);
    }
    begin(&notice, NOTICE_LINE, job);
    message_set(notice.line, "%s: %s", job->registry.name, job->state.result);
    if (good && where != NULL)
        fprintf(where, "gitdns-syncd: %s\n", notice.line);
    else if (good)
        notice_say(&notice);
    return good;
}

void round_told_expiry(struct rounds_job *job, int64_t now)
{
    char expires[FRESHNESS_OCTETS];
    struct answering answering;
    struct notice notice;

    read_answering(&answering, &job->registry);
    if (!answering.there ||
        !freshness_ends_soon(answering.manifest.created, answering.deadline, now) ||
        (job->warned <= now && now - job->warned < DAY))
        return;
    job->warned = now;
    begin(&notice, NOTICE_EXPIRES, job);
    notice_add(&notice, "GITDNS_SERIAL=%" PRIu32, answering.manifest.serial);
    notice_add(&notice, "GITDNS_NAMES=%" PRIu64, answering.manifest.names);
    notice_add(&notice, "GITDNS_EXPIRES=%" PRId64, answering.deadline);
    message_set(notice.line, "%s: %s%s%s", job->registry.name,
                freshness_text(answering.deadline, now, expires),
                answering.pinned ? ", and is pinned" : "",
                now > answering.deadline ? ": the module answers nothing from it" : "");
    notice_say(&notice);
}
