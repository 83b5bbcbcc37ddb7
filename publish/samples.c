#include "publish/samples.h"
#include "base/clock.h"
#include "publish/asking_pass.h"

/* Resolvers remember a failure for some seconds (RFC 9520; unbound 5 s). */
#define PAUSE_MS 6000
/* After which names that fail are left as they are. */
#define PASSES_MAX 8
#define WAIT_MS 100
#define SHOW_MS 200
/* Over which the rate is taken. */
#define RATE_MS 5000

void samples_next(struct samples *samples)
{
    struct records *records = samples->records;

    samples->present++;
    for (uint32_t id = 0; (id = records_after(records, id)) != 0;)
        records_set_mark(records, id, findings_next_sample(records_mark(records, id)));
}

void samples_show(struct samples *samples)
{
    const struct resolve_options *options = samples->options;
    struct progress *progress = &samples->progress;
    int64_t now = clock_ms(CLOCK_MONOTONIC), since = now - samples->rated;

    if (since >= RATE_MS || (progress->rate == 0 && since >= 1000)) {
        progress->rate =
            (unsigned)((progress->done - samples->rated_done) * 1000 / (uint64_t)since);
        samples->rated = now;
        samples->rated_done = progress->done;
    }
    progress->left =
        progress->rate > 0 ? (int64_t)((progress->names - progress->done) / progress->rate) : -1;
    samples->shown = now;
    if (options->progress != NULL)
        options->progress(options->context, progress);
}

static int tick(void *context)
{
    struct samples *samples = context;

    if (clock_ms(CLOCK_MONOTONIC) - samples->shown >= SHOW_MS)
        samples_show(samples);
    return samples->tick(samples->context);
}

static int take(void *context, uint32_t id, const struct answer *answer[FAMILIES])
{
    struct samples *samples = context;
    struct progress *progress = &samples->progress;
    bool failed = false;

    for (unsigned family = 0; family < FAMILIES; family++)
        failed = failed || (answer[family] != NULL && answer[family]->finding == FINDING_FAILED);
    progress->done++;
    if (failed && !progress->again)
        progress->failed++;
    else if (!failed && progress->again)
        progress->failed--;
    return samples->take(samples->context, id, answer);
}

/* Waits, and goes on telling how far the run is. */
static int pause_for(struct samples *samples, int64_t milliseconds)
{
    int64_t end = clock_ms(CLOCK_MONOTONIC) + milliseconds;
    int r = 0;

    while (r == 0 && clock_ms(CLOCK_MONOTONIC) < end) {
        dns_wait(samples->dns, WAIT_MS);
        r = tick(samples);
    }
    return r;
}

/* How many names stand at `which` in the present sample. */
static uint64_t count(const struct samples *samples, enum asked which)
{
    uint64_t n = 0;

    for (uint32_t id = 0; (id = records_after(samples->records, id)) != 0;) {
        uint8_t findings = records_mark(samples->records, id);

        n += findings_asked(findings, A) == which || findings_asked(findings, AAAA) == which;
    }
    return n;
}

/* One pass over those names. */
static int pass(struct samples *samples, enum asked which)
{
    struct asking_pass pass = {.dns = samples->dns,
                               .records = samples->records,
                               .which = which,
                               .pace = &samples->pace,
                               .parallel = samples->options->parallel,
                               .rate = samples->options->rate,
                               .context = samples,
                               .take = take,
                               .tick = tick};
    int r;

    samples->progress.again = which == ASKED_FAILED;
    samples->progress.names = count(samples, which);
    samples->progress.done = 0;
    samples->progress.rate = 0;
    samples->rated = clock_ms(CLOCK_MONOTONIC);
    samples->rated_done = 0;
    if (samples->progress.names == 0)
        return 0;
    pace_begin(&samples->pace);
    r = asking_pass_run(&pass);
    samples->questions += pass.questions;
    samples_show(samples);
    return r;
}

/* From the beginning of the first sample to that of the present one, ms. */
static int64_t offset(const struct samples *samples)
{
    return samples->present * samples->options->every * 1000;
}

void samples_resume(struct samples *samples, int64_t ago)
{
    int64_t now = clock_ms(CLOCK_BOOTTIME), latest = now + samples->options->every * 1000;

    samples->began = now - ago * 1000;
    if (samples->began + offset(samples) > latest)
        samples->began = latest - offset(samples);
}

/* Seconds until the present sample is to begin. */
static int64_t until_begin(const struct samples *samples)
{
    int64_t ms = samples->began + offset(samples) - clock_ms(CLOCK_BOOTTIME);

    return ms > 0 ? (ms + 999) / 1000 : 0;
}

/* Names that fail are asked again for as long as that helps. One that is answered then was lost by
 * the resolver, whose limit can be too near for the pace to see it: few fail there. */
static int run_one(struct samples *samples)
{
    struct progress *progress = &samples->progress;
    uint64_t slowed = samples->pace.slowed, failed = UINT64_MAX;
    int r = 0;

    progress->sample = samples->present + 1;
    progress->failed = count(samples, ASKED_FAILED);
    while (r == 0 && (progress->waiting = until_begin(samples)) > 0)
        r = pause_for(samples, 1000);
    progress->waiting = 0;
    if (r == 0)
        r = pass(samples, NOT_ASKED);
    for (unsigned i = 1; r == 0 && progress->failed > 0 && i < PASSES_MAX; i++) {
        if (progress->failed >= failed && slowed == samples->pace.slowed)
            break;
        failed = progress->failed;
        slowed = samples->pace.slowed;
        r = pause_for(samples, PAUSE_MS);
        if (r == 0)
            r = pass(samples, ASKED_FAILED);
    }
    return r;
}

int samples_run(struct samples *samples)
{
    int r = 0;

    for (; r == 0 && samples->present < samples->options->samples; samples_next(samples))
        r = run_one(samples);
    return r;
}
