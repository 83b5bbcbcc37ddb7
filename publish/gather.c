#include "publish/gather.h"
#include "base/error.h"
#include "publish/guards.h"
#include "publish/hosts.h"
#include "publish/journal.h"
#include "publish/list_url.h"
#include "publish/names.h"
#include "publish/prove_addresses.h"
#include "publish/resolve.h"
#include "publish/seen.h"

static int read_list(const struct publish_options *options, const struct state_folder *folder,
                     const char *source, struct names *names, struct problem *problem)
{
    struct problem kept;
    int fd;

    if (!list_url_is(source))
        return names_read(names, source, problem);
    fd = list_url_open(folder, source, options->force, options->lists.top > 0, &kept, problem);
    if (fd < 0)
        return fd;
    if (kept.text[0] != '\0' && options->lists.kept != NULL)
        options->lists.kept(kept.text);
    return names_read_fd(names, fd, source, problem);
}

/* Reads the lists, until there are as many names as are wanted. */
static int read_lists(const struct publish_options *options, const struct state_folder *folder,
                      struct records *given, struct records *records, struct skips *skips,
                      struct problem *problem)
{
    const struct list_options *lists = &options->lists;
    struct names names = {
        .www = options->www, .top = lists->top, .records = records, .given = given, .skips = skips};
    int r = 0;

    for (unsigned i = 0; i < lists->count && r == 0; i++)
        if (lists->top == 0 || names.taken < lists->top) {
            names.admission = options_admission(options);
            if (lists->private[i] && names.admission < ADMIT_PRIVATE)
                names.admission = ADMIT_PRIVATE;
            r = read_list(options, folder, lists->source[i], &names, problem);
        }
    return r;
}

/* Names that are given with their addresses are not asked for. */
static int ask(const struct publish_options *options, uint32_t base,
               const struct state_folder *folder, struct records *given, struct records *records,
               struct publish_outcome *outcome, struct problem *problem)
{
    const char *source = options_source(options);
    int r = read_lists(options, folder, given, records, &outcome->skips, problem);

    if (r == 0)
        list_url_tidy(folder, options->lists.source, options->lists.count);
    if (r == 0 && (given == NULL || records_count(given) == 0))
        r = guard_names(records_count(records), source, problem);
    journal_readmit(folder->directory, options->force);
    if (r == 0 && records_count(records) > 0)
        r = resolve(&options->resolve, folder, base, records, &outcome->skips, &outcome->counts,
                    problem);
    if (r == 0)
        r = guard_failed(outcome->counts.failed, outcome->counts.asked - outcome->counts.nxdomain,
                         source, problem);
    if (r == E_GUARD_FAILED && options->force) {
        outcome->failed = *problem;
        r = 0;
    }
    return r;
}

/* Adds all of the hosts file's records, whose names `records` does not have. */
static int add_given(const char *hosts, struct records *given, struct records *records,
                     struct problem *problem)
{
    struct records_walk walk = {.next = 0};
    struct record record;
    int r = records_sort(given);

    while (r == 0 && records_next(given, &walk, &record) > 0) {
        for (unsigned i = 0; i < record.n4 && r == 0; i++)
            r = records_add(records, record.name, record.name_len, record.ipv4 + 4UL * i, 4);
        for (unsigned i = 0; i < record.n6 && r == 0; i++)
            r = records_add(records, record.name, record.name_len, record.ipv6 + 16UL * i, 16);
    }
    return r < 0 ? problem_set(problem, r, "%s: %s", hosts,
                               r == E_RECORDS_FULL ? "too many names and addresses" : error_text(r))
                 : 0;
}

int gather_private(const struct publish_options *options, struct state_folder *folder,
                   struct records *records, struct publish_outcome *outcome,
                   struct problem *problem)
{
    int r = 0;

    if (options->lists.count > 0)
        r = state_folder_open(folder, options->to, problem);
    return r == 0 ? read_lists(options, folder, NULL, records, &outcome->skips, problem) : r;
}

int gather(const struct publish_options *options, uint32_t base, uint32_t serial,
           struct state_folder *folder, struct records *records, struct publish_outcome *outcome,
           struct problem *problem)
{
    const struct seen_rule rule = {
        .serial = serial, .hold = options->hold, .usual = options_admission(options)};
    bool asks = options->lists.count > 0;
    struct records *given = NULL; /* a hosts file's, beside lists of names */
    int r = 0;

    if (asks || options->hold > 0) {
        records_rank(records);
        r = state_folder_open(folder, options->to, problem);
    }
    if (r == 0 && asks && options->hosts != NULL && (r = records_new(&given)) < 0)
        problem_set(problem, r, "%s: %s", options->hosts, error_text(r));
    if (r == 0 && options->hosts != NULL)
        r = hosts_read(options->hosts, options->private, asks ? given : records, &outcome->skips,
                       problem);
    if (r == 0 && asks)
        r = ask(options, base, folder, given, records, outcome, problem);
    if (r == 0 && options->hold > 0)
        r = seen_load(folder, &rule, records, &outcome->seen, problem);
    if (r == 0 && prove_is_wanted(&options->prove))
        r = prove_addresses(&options->prove, folder, records, &outcome->prove, problem);
    if (r == 0 && given != NULL)
        r = add_given(options->hosts, given, records, problem);
    records_free(given);
    if (r == 0 && (r = records_sort(records)) < 0)
        problem_set(problem, r, "%s: %s", options_source(options), error_text(r));
    return r;
}
