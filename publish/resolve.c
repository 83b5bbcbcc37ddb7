#include "publish/resolve.h"
#include "base/base.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/number.h"
#include "dns/dns.h"
#include "publish/journal.h"
#include "publish/resolvers_check.h"
#include "publish/samples.h"
#include "publish/stop.h"
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FLUSH_MS 1000
/* A journal that has not been written to for so long holds answers of another day. */
#define STALE DAY
/* Nor may one that is continued day by day. */
#define OLD (2 * DAY)
/* How long a resolver that does not answer is waited for before a run. */
#define GRACE_MS 10000
#define GRACE_STEP_MS 500

struct run {
    struct resolve_options options;
    const struct state_folder *folder;
    struct records *records;
    struct skips *skips;
    struct resolve_counts *counts;
    struct problem *problem;
    struct resolvers resolvers;
    struct journal *journal;
    struct dns *dns;
    struct samples samples;
    int64_t flushed; /* ms */
};

static int fail_journal(struct run *run, int code)
{
    return problem_set(run->problem, code, "%s/" JOURNAL_FILE ": %s", run->folder->path,
                       error_text(code));
}

/* All that the answers depend on. */
static void make_key(const struct run *run, uint32_t base, unsigned char key[SHA256_OCTETS])
{
    const struct resolve_options *options = &run->options;
    crypto_hash_sha256_state hash;
    char resolvers[RESOLVERS_TEXT], text[RESOLVERS_TEXT + 64];
    int n;

    resolvers_join(&run->resolvers, resolvers);
    n = snprintf(text, sizeof text, "%" PRIu32 " %u %" PRId64 " %s\n", base, options->samples,
                 options->every, resolvers);
    crypto_hash_sha256_init(&hash);
    crypto_hash_sha256_update(&hash, (unsigned char *)text, (unsigned long long)n);
    for (uint32_t id = 0; (id = records_after(run->records, id)) != 0;) {
        size_t len;
        const char *name = records_name_of(run->records, id, &len);
        unsigned char end[] = {'\n', (unsigned char)records_admission(run->records, id)};

        crypto_hash_sha256_update(&hash, (const unsigned char *)name, len);
        crypto_hash_sha256_update(&hash, end, sizeof end);
    }
    crypto_hash_sha256_final(&hash, key);
}

static int apply_family(struct run *run, uint32_t id, unsigned family, const struct answer *answer)
{
    uint8_t findings = findings_note(records_mark(run->records, id), family, answer->finding);
    size_t len;
    const char *name = records_name_of(run->records, id, &len);
    int r = 0;

    records_set_mark(run->records, id, findings);
    for (unsigned i = 0; run->samples.present == 0 && i < answer->refused; i++)
        skips_add(run->skips, E_ADDRESS_REFUSED, 0, name, len);
    if (answer->finding != FINDING_FOUND)
        return 0;
    for (unsigned i = 0; r == 0 && i < answer->count; i++)
        r = records_hold(run->records, id, answer->address[i], answer->octets, 0, 0);
    /* The chains of both families rarely differ; if so, IPv4's counts. */
    if (r == 0 && (family == A || findings_of(findings, A) != FINDING_FOUND))
        r = records_alias(run->records, id, answer->cname, answer->cname_len);
    return r;
}

static int apply(struct run *run, uint32_t id, const struct answer *const answer[FAMILIES])
{
    int r = 0;

    for (unsigned family = 0; r == 0 && family < FAMILIES; family++)
        if (answer[family] != NULL)
            r = apply_family(run, id, family, answer[family]);
    return r < 0 ? problem_set(run->problem, r, "%s", error_text(r)) : 0;
}

/* Takes the answers of the run that was interrupted. */
static int replay(struct run *run)
{
    struct journal_entry entry;
    int r;

    while ((r = journal_next(run->journal, &entry)) > 0) {
        uint32_t id = records_find(run->records, entry.name, entry.len);

        while (run->samples.present < entry.sample && entry.sample < run->options.samples)
            samples_next(&run->samples);
        r = id != 0 && entry.sample == run->samples.present ? apply(run, id, entry.answer) : 0;
        if (r < 0)
            return r;
        run->counts->continued++;
        if (stop_requested())
            return problem_set(run->problem, E_STOPPED, "stopped");
    }
    if (r < 0)
        return fail_journal(run, r);
    run->samples.progress.continued = run->counts->continued;
    samples_show(&run->samples);
    return 0;
}

static int stopped(struct run *run)
{
    return problem_set(run->problem, E_STOPPED,
                       "stopped with %" PRIu64 " of %" PRIu64
                       " names; started again it goes on from there",
                       run->samples.progress.done, run->samples.progress.names);
}

static int tick(void *context)
{
    struct run *run = context;
    int64_t now = clock_ms(CLOCK_MONOTONIC);
    unsigned seconds;
    int r = 0;

    if (now - run->flushed >= FLUSH_MS) {
        run->flushed = now;
        r = journal_flush(run->journal);
        if (r < 0)
            return fail_journal(run, r);
    }
    seconds = pace_tick(&run->samples.pace);
    if (seconds > 0)
        return problem_set(run->problem, E_RESOLVER,
                           "nothing but %s for %u s; started again it goes on from there",
                           run->samples.pace.why, seconds);
    return stop_requested() ? stopped(run) : 0;
}

static int take(void *context, uint32_t id, const struct answer *answer[FAMILIES])
{
    struct run *run = context;
    struct journal_entry entry = {.sample = run->samples.present,
                                  .answer = {answer[A], answer[AAAA]}};
    int r;

    entry.name = records_name_of(run->records, id, &entry.len);
    r = journal_add(run->journal, &entry);
    return r < 0 ? fail_journal(run, r) : apply(run, id, answer);
}

static void count_names(struct run *run)
{
    struct resolve_counts *counts = run->counts;

    for (uint32_t id = 0; (id = records_after(run->records, id)) != 0;) {
        enum finding finding = findings_whole(records_mark(run->records, id));

        counts->asked++;
        counts->found += finding == FINDING_FOUND;
        counts->nxdomain += finding == FINDING_NXDOMAIN;
        counts->nodata += finding == FINDING_NODATA;
        counts->failed += finding == FINDING_FAILED;
    }
}

static void copy_name(const struct records *records, uint32_t id, char out[NAME_MAX_OCTETS + 1])
{
    size_t len;
    const char *name = records_name_of(records, id, &len);

    memcpy(out, name, len);
    out[len] = '\0';
}

/* One that is being restarted is waited for. */
static int check_resolvers(struct run *run, const char *listed, struct resolvers_found *found)
{
    const struct resolvers all = run->resolvers;
    int64_t end = clock_ms(CLOCK_MONOTONIC) + GRACE_MS;
    int r;

    while ((r = resolvers_check(&run->resolvers, listed, found, run->problem)) == E_RESOLVER &&
           found->away && clock_ms(CLOCK_MONOTONIC) < end) {
        poll(NULL, 0, GRACE_STEP_MS);
        run->resolvers = all;
    }
    return r;
}

static int open_all(struct run *run, uint32_t base)
{
    struct resolvers_found found;
    char listed[NAME_MAX_OCTETS + 1], why[MESSAGE_OCTETS];
    unsigned char key[SHA256_OCTETS];
    int64_t now, began, all = run->options.samples * run->options.every;
    int r = resolvers_default(&run->resolvers, why);

    if (r < 0)
        return problem_set(run->problem, r == -ENODATA ? E_RESOLVER : r, "%s; see --resolver", why);
    if (run->options.rate == RATE_DEFAULT)
        run->options.rate = resolvers_are_here(&run->resolvers) ? 0 : RATE_POLITE;
    /* With those that do not answer today: they may when the run goes on. */
    make_key(run, base, key);
    copy_name(run->records, records_after(run->records, 0), listed);
    r = check_resolvers(run, listed, &found);
    run->counts->silent = found.silent;
    if (r < 0)
        return r;
    r = dns_open(&run->dns, &run->resolvers, run->options.parallel * FAMILIES);
    if (r < 0)
        return problem_set(run->problem, r, "resolvers: %s", error_text(r));
    pace_open(&run->samples.pace, run->dns, run->options.parallel, found.denies);
    now = began = time(NULL);
    r = journal_open(&run->journal, run->folder->directory, key, now,
                     now - STALE - run->options.every, now - OLD - all, &began);
    if (r < 0)
        return fail_journal(run, r);
    r = replay(run);
    samples_resume(&run->samples, now - began);
    return r;
}

int resolve(const struct resolve_options *options, const struct state_folder *folder, uint32_t base,
            struct records *records, struct skips *skips, struct resolve_counts *counts,
            struct problem *problem)
{
    struct run run = {.options = *options,
                      .folder = folder,
                      .records = records,
                      .skips = skips,
                      .counts = counts,
                      .problem = problem,
                      .resolvers = options->resolvers,
                      .samples = {.options = &run.options,
                                  .records = records,
                                  .take = take,
                                  .tick = tick,
                                  .progress = {.samples = options->samples, .left = -1}}};
    int r;

    *counts = (struct resolve_counts){0};
    r = open_all(&run, base);
    run.samples.dns = run.dns;
    run.samples.context = &run;
    if (r == 0)
        r = samples_run(&run.samples);
    counts->questions = run.samples.questions;
    if (r == 0) {
        r = journal_flush(run.journal);
        if (r < 0)
            fail_journal(&run, r);
    }
    count_names(&run);
    journal_close(run.journal);
    dns_close(run.dns);
    return r;
}
