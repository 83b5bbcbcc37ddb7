#include "publish/gather.h"
#include "publish/guards.h"
#include "publish/hosts.h"
#include "publish/journal.h"
#include "publish/names.h"
#include "publish/resolve.h"
#include "publish/seen.h"

static int ask(const struct publish_options *options, uint32_t base,
               const struct state_folder *folder, struct records *records,
               struct publish_outcome *outcome, struct problem *problem)
{
    int r = names_read(options->names, options->private, options->www, records, &outcome->skips,
                       problem);

    if (r == 0)
        r = guard_names(records_count(records), options->names, problem);
    journal_readmit(folder->directory, options->force);
    if (r == 0)
        r = resolve(&options->resolve, folder, base, records, &outcome->skips, &outcome->counts,
                    problem);
    if (r == 0)
        r = guard_failed(outcome->counts.failed, outcome->counts.asked - outcome->counts.nxdomain,
                         options->names, problem);
    if (r == E_GUARD_FAILED && options->force) {
        outcome->failed = *problem;
        r = 0;
    }
    return r;
}

int gather(const struct publish_options *options, uint32_t base, uint32_t serial,
           struct state_folder *folder, struct records *records, struct publish_outcome *outcome,
           struct problem *problem)
{
    const struct seen_rule rule = {
        .serial = serial, .hold = options->hold, .private = options->private};
    int r = 0;

    if (options->names != NULL || options->hold > 0) {
        records_rank(records);
        r = state_folder_open(folder, options->to, problem);
    }
    if (r == 0)
        r = options->names != NULL
                ? ask(options, base, folder, records, outcome, problem)
                : hosts_read(options->hosts, options->private, records, &outcome->skips, problem);
    if (r == 0 && options->hold > 0)
        r = seen_load(folder, &rule, records, &outcome->seen, problem);
    if (r == 0)
        records_sort(records);
    return r;
}
