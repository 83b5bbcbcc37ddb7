#include "publish/resolve.h"
#include "base/base.h"
#include "base/error.h"
#include "publish/asking_pass.h"
#include "publish/dns.h"
#include "publish/journal.h"
#include "publish/stop.h"
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RESOLV_CONF "/etc/resolv.conf"
/* Resolvers remember a failure for some seconds (RFC 9520; unbound 5 s). */
#define PAUSE_MS 6000
#define WAIT_MS 100
#define FLUSH_MS 1000
#define PROGRESS_MS 200
#define RATE_MS 5000
/* A journal that has not been written to for so long holds answers of another day. */
#define STALE INT64_C(86400)
/* So many questions in a row, and all that are under way, without any answer: the network is gone,
 * or the resolver. */
#define SILENT_MAX 1000

struct run {
    const struct resolve_options *options;
    const struct state_folder *folder;
    struct records *records;
    struct skips *skips;
    struct resolve_counts *counts;
    struct problem *problem;
    struct resolvers resolvers;
    struct journal *journal;
    struct dns *dns;
    int64_t began; /* Unix time */
    unsigned sample;
    unsigned silent; /* answers in a row that were none */
    struct progress progress;
    int64_t flushed, shown, rated; /* ms */
    uint64_t rated_done;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static int fail_journal(struct run *run, int code)
{
    return problem_set(run->problem, code, "%s/" JOURNAL_FILE ": %s", run->folder->path,
                       error_text(code));
}

/* All that the answers depend on. */
static void make_key(const struct run *run, uint32_t base, unsigned char key[SHA256_OCTETS])
{
    const struct resolve_options *options = run->options;
    crypto_hash_sha256_state hash;
    char resolvers[RESOLVERS_TEXT], text[RESOLVERS_TEXT + 64];
    int n;

    resolvers_join(&run->resolvers, resolvers);
    n = snprintf(text, sizeof text, "%" PRIu32 " %u %" PRId64 " %d %s\n", base, options->samples,
                 options->every, options->private, resolvers);
    crypto_hash_sha256_init(&hash);
    crypto_hash_sha256_update(&hash, (unsigned char *)text, (unsigned long long)n);
    for (uint32_t id = 0; (id = records_after(run->records, id)) != 0;) {
        size_t len;
        const char *name = records_name_of(run->records, id, &len);

        crypto_hash_sha256_update(&hash, (const unsigned char *)name, len);
        crypto_hash_sha256_update(&hash, (const unsigned char *)"\n", 1);
    }
    crypto_hash_sha256_final(&hash, key);
}

static void next_sample(struct run *run)
{
    run->sample++;
    for (uint32_t id = 0; (id = records_after(run->records, id)) != 0;)
        records_set_mark(run->records, id, findings_next_sample(records_mark(run->records, id)));
}

static int apply_family(struct run *run, uint32_t id, unsigned family, const struct answer *answer)
{
    uint8_t findings = findings_note(records_mark(run->records, id), family, answer->finding);
    size_t len;
    const char *name = records_name_of(run->records, id, &len);
    int r = 0;

    records_set_mark(run->records, id, findings);
    for (unsigned i = 0; run->sample == 0 && i < answer->refused; i++)
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

static void show(struct run *run)
{
    struct progress *progress = &run->progress;
    int64_t now = now_ms();

    if (now - run->rated >= RATE_MS || (progress->rate == 0 && now - run->rated >= 1000)) {
        progress->rate =
            (unsigned)((progress->done - run->rated_done) * 1000 / (uint64_t)(now - run->rated));
        run->rated = now;
        run->rated_done = progress->done;
    }
    progress->left =
        progress->rate > 0 ? (int64_t)((progress->names - progress->done) / progress->rate) : -1;
    run->shown = now;
    if (run->options->progress != NULL)
        run->options->progress(run->options->context, progress);
}

/* Takes the answers of the run that was interrupted. */
static int replay(struct run *run)
{
    struct journal_entry entry;
    int r;

    while ((r = journal_next(run->journal, &entry)) > 0) {
        uint32_t id = records_find(run->records, entry.name, entry.len);

        while (run->sample < entry.sample && entry.sample < run->options->samples)
            next_sample(run);
        r = id != 0 && entry.sample == run->sample ? apply(run, id, entry.answer) : 0;
        if (r < 0)
            return r;
        run->counts->continued++;
        if (stop_requested())
            return problem_set(run->problem, E_STOPPED, "stopped");
    }
    if (r < 0)
        return fail_journal(run, r);
    run->progress.continued = run->counts->continued;
    show(run);
    return 0;
}

static int stopped(struct run *run)
{
    return problem_set(run->problem, E_STOPPED,
                       "stopped with %" PRIu64 " of %" PRIu64
                       " names; started again it goes on from there",
                       run->progress.done, run->progress.names);
}

static int tick(void *context)
{
    struct run *run = context;
    int64_t now = now_ms();
    int r = 0;

    if (now - run->shown >= PROGRESS_MS)
        show(run);
    if (now - run->flushed >= FLUSH_MS) {
        run->flushed = now;
        r = journal_flush(run->journal);
        if (r < 0)
            return fail_journal(run, r);
    }
    if (run->silent >= SILENT_MAX + 2 * run->options->parallel)
        return problem_set(
            run->problem, E_RESOLVER,
            "no answer to the last %u questions; started again it goes on from there", run->silent);
    return stop_requested() ? stopped(run) : 0;
}

static int take(void *context, uint32_t id, const struct answer *answer[FAMILIES])
{
    struct run *run = context;
    struct journal_entry entry = {.sample = run->sample, .answer = {answer[A], answer[AAAA]}};
    bool failed = false;
    int r;

    run->progress.done++;
    for (unsigned family = 0; family < FAMILIES; family++) {
        if (answer[family] == NULL)
            continue;
        failed = failed || answer[family]->finding == FINDING_FAILED;
        run->silent = answer[family]->silent && !run->progress.again ? run->silent + 1 : 0;
    }
    if (failed && !run->progress.again)
        run->progress.failed++;
    else if (!failed && run->progress.again)
        run->progress.failed--;
    entry.name = records_name_of(run->records, id, &entry.len);
    r = journal_add(run->journal, &entry);
    return r < 0 ? fail_journal(run, r) : apply(run, id, answer);
}

/* Waits, and goes on telling how far the run is. */
static int pause_for(struct run *run, int64_t milliseconds)
{
    int64_t end = now_ms() + milliseconds;
    int r = 0;

    while (r == 0 && now_ms() < end) {
        r = dns_wait(run->dns, WAIT_MS);
        if (r == 0)
            r = tick(run);
    }
    return r;
}

/* How many names are asked for in the present sample. */
static uint64_t count_asked(const struct run *run, enum asked which)
{
    uint64_t n = 0;

    for (uint32_t id = 0; (id = records_after(run->records, id)) != 0;) {
        uint8_t findings = records_mark(run->records, id);

        n += findings_asked(findings, A) == which || findings_asked(findings, AAAA) == which;
    }
    return n;
}

/* One pass over the names in that state. */
static int pass(struct run *run, enum asked which)
{
    struct asking_pass asking_pass = {.dns = run->dns,
                                      .records = run->records,
                                      .which = which,
                                      .parallel = run->options->parallel,
                                      .rate = run->options->rate,
                                      .context = run,
                                      .take = take,
                                      .tick = tick};
    int r;

    run->progress.again = which == ASKED_FAILED;
    run->progress.names = count_asked(run, which);
    run->progress.done = 0;
    run->progress.rate = 0;
    run->rated = now_ms();
    run->rated_done = 0;
    if (run->progress.names == 0)
        return 0;
    r = asking_pass_run(&asking_pass);
    run->counts->questions += asking_pass.questions;
    show(run);
    return r;
}

static int sample(struct run *run)
{
    int64_t wait = run->began + run->sample * run->options->every - time(NULL);
    int r = 0;

    run->progress.sample = run->sample + 1;
    run->progress.failed = count_asked(run, ASKED_FAILED);
    while (r == 0 && wait > 0) {
        run->progress.waiting = wait;
        r = pause_for(run, 1000);
        wait = run->began + run->sample * run->options->every - time(NULL);
    }
    run->progress.waiting = 0;
    if (r == 0)
        r = pass(run, NOT_ASKED);
    if (r == 0 && run->progress.failed > 0) {
        r = pause_for(run, PAUSE_MS);
        if (r == 0)
            r = pass(run, ASKED_FAILED);
    }
    return r;
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

static int open_all(struct run *run, uint32_t base)
{
    char resolvers[RESOLVERS_TEXT];
    unsigned char key[SHA256_OCTETS];
    int64_t now = time(NULL);
    int r = resolvers_default(&run->resolvers, RESOLV_CONF, run->problem);

    if (r == 0)
        r = resolvers_check(&run->resolvers, run->problem);
    if (r < 0)
        return r;
    resolvers_join(&run->resolvers, resolvers);
    r = dns_open(&run->dns, resolvers, run->options->private);
    if (r < 0)
        return problem_set(run->problem, r, "%s: %s", resolvers, error_text(r));
    make_key(run, base, key);
    r = journal_open(&run->journal, run->folder->directory, key, now,
                     now - STALE - run->options->every, &run->began);
    return r < 0 ? fail_journal(run, r) : replay(run);
}

int resolve(const struct resolve_options *options, const struct state_folder *folder, uint32_t base,
            struct records *records, struct skips *skips, struct resolve_counts *counts,
            struct problem *problem)
{
    struct run run = {.options = options,
                      .folder = folder,
                      .records = records,
                      .skips = skips,
                      .counts = counts,
                      .problem = problem,
                      .resolvers = options->resolvers,
                      .progress = {.samples = options->samples, .left = -1}};
    int r;

    *counts = (struct resolve_counts){0};
    r = open_all(&run, base);
    for (; r == 0 && run.sample < options->samples; next_sample(&run))
        r = sample(&run);
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
