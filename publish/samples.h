/* The samples of a run: when each begins, and its passes over the names: all of them, then, after a
 * pause, those for which the answer was a failure, and again for as long as that helps.
 */
#ifndef GITDNS_PUBLISH_SAMPLES_H
#define GITDNS_PUBLISH_SAMPLES_H

#include "dns/dns.h"
#include "publish/name_findings.h"
#include "publish/options.h"
#include "publish/pace.h"
#include "publish/progress.h"
#include "publish/records.h"
#include <stdint.h>

struct samples {
    const struct resolve_options *options;
    struct dns *dns;
    struct records *records;
    struct pace pace;
    int64_t began; /* the first one: ms of CLOCK_BOOTTIME, see samples_resume */
    unsigned present;
    void *context;
    /* As struct asking_pass has them; both are called after the progress has been brought up to
     * date. */
    int (*take)(void *context, uint32_t id, const struct answer *answer[FAMILIES]);
    int (*tick)(void *context);
    struct progress progress;
    uint64_t questions; /* asked so far */
    /* What the rest is found from: ms. */
    int64_t shown, rated;
    uint64_t rated_done;
};

/* The first sample began so many seconds ago, by clocks that may have been set since: from then on
 * the present one is at most `every` away. */
void samples_resume(struct samples *samples, int64_t ago);

/* Asks from the present sample on. Returns 0 or as asking_pass_run. */
int samples_run(struct samples *samples);

/* The next sample is the present one: nothing has been asked in it. */
void samples_next(struct samples *samples);

/* Tells the options' listener how far the run is. */
void samples_show(struct samples *samples);

#endif
