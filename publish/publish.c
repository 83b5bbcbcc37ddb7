#include "publish/publish.h"
#include "base/base.h"
#include "base/error.h"
#include "publish/deltas.h"
#include "publish/draft.h"
#include "publish/gather.h"
#include "publish/guards.h"
#include "publish/journal.h"
#include "publish/page.h"
#include "publish/records.h"
#include "publish/revert.h"
#include "publish/seen.h"
#include "publish/serial_chain.h"
#include "publish/tree.h"
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* An unchanged text gets a new serial when this part of its validity has passed. */
#define RENEW_PART 4
/* 9999-12-31T23:59:59Z: a manifest knows none later. */
#define TIME_LAST INT64_C(253402300799)

struct run {
    const struct publish_options *options;
    struct publish_outcome *outcome;
    struct problem *problem;
    int64_t now;
    struct signers signers;
    struct tree tree;
    struct serial_chain chain;
    struct state_folder folder;
    struct records *records;
    struct shares shares;
    uint64_t dropped; /* names of the last serial that the list has no more */
    struct draft draft;
    bool fresh_page; /* there was none before */
};

/* Sets what the new serial will say that the time is. One that was published with the clock ahead
 * would have all others refused until then: if forced, the new one is dated right after it. */
static int tell_time(struct run *run)
{
    int64_t after = run->tree.last.manifest.created + 1, now = time(NULL);
    int r = tree_check_clock(&run->tree, now, run->problem);

    if (r < 0 && (run->options->force || run->options->any_clock) && after < TIME_LAST) {
        run->outcome->clock = *run->problem;
        now = now > after ? now : after;
        r = 0;
    }
    run->now = now > run->now ? now : run->now;
    return r;
}

/* What was published; where HEAD names nothing, what a mirror has of it: of a restoring that was
 * ended there may be serials, but not all. */
static int load_tree(struct run *run)
{
    const struct publish_options *options = run->options;
    const struct keys *keys = &run->signers.trusted;
    int r = tree_load(&run->tree, options->name, keys, run->problem);

    if (r < 0 || options->restore == NULL || run->tree.head > 0)
        return r;
    r = restore(&run->tree, options->restore, options->name, keys, &run->outcome->restored,
                run->problem);
    return r < 0 ? r : tree_load(&run->tree, options->name, keys, run->problem);
}

/* Takes the tree's lock and checks all that it holds but the last snapshot. */
static int open_tree(struct run *run)
{
    int r = signers_load(&run->signers, &run->options->signers, run->problem);

    if (r == 0)
        r = tree_open(&run->tree, run->options->to, run->problem);
    if (r < 0)
        return r;
    r = load_tree(run);
    if (r == 0)
        r = tell_time(run);
    if (r == 0)
        r = serial_chain_check(&run->tree, &run->signers.trusted, &run->chain, run->problem);
    run->outcome->before = run->tree.last.manifest.serial;
    run->outcome->rest = run->tree.highest > run->outcome->before ? run->tree.highest : 0;
    run->outcome->adopted = run->outcome->before != run->tree.head;
    return r;
}

/* The records of a serial that is taken back to. */
static int read_again(struct run *run)
{
    const struct publish_options *options = run->options;
    int r = gather_private(options, &run->folder, run->records, run->outcome, run->problem);

    return r < 0 ? r
                 : revert_read(&run->tree, &run->chain, options->revert, options_admission(options),
                               run->records, run->problem);
}

static int read_records(struct run *run)
{
    const struct publish_options *options = run->options;
    int r = records_new(&run->records);

    if (r < 0)
        return problem_set(run->problem, r, "%s: %s", options->to, error_text(r));
    if (options->revert > 0)
        r = read_again(run);
    else
        r = gather(options, run->outcome->before, tree_next(&run->tree), &run->folder, run->records,
                   run->outcome, run->problem);
    /* Asking takes its time, in which clocks are set. */
    if (r == 0)
        r = tell_time(run);
    if (r < 0)
        return r;
    run->outcome->ipv4 = records_addresses(run->records, 4);
    run->outcome->ipv6 = records_addresses(run->records, 16);
    return guard_names(records_count(run->records), options_source(options), run->problem);
}

static void count_share(void *user, const struct record *record)
{
    struct run *run = user;

    shares_count_before(&run->shares, record);
}

/* A list says what is wanted; a hosts file that is cut off only seems to. */
static int count_dropped(void *user, const struct record *record)
{
    struct run *run = user;

    run->dropped += run->options->hosts == NULL &&
                    !records_is_bare(run->records, record->name, record->name_len);
    return 0;
}

/* Compares with the last serial, and with what the guards allow. */
static int weigh(struct run *run)
{
    const struct compare_visitor visitor = {
        .old = count_share, .removed = count_dropped, .user = run};
    const struct published *last = &run->tree.last;
    uint64_t names = records_count(run->records);
    int fd, r;

    if (run->outcome->before == 0)
        return 0;
    shares_find(&run->shares, run->records, guard_points(names));
    fd = published_snapshot(&run->tree, last, run->problem);
    if (fd < 0)
        return fd;
    r = compare_snapshot(fd, &last->manifest, run->records, &visitor, &run->outcome->difference);
    close(fd);
    if (r < 0)
        return problem_set(run->problem, r, "%s/%u/snapshot.gz: %s", run->tree.path,
                           run->outcome->before, error_text(r));
    /* What once was published passed the guards then, or was forced. */
    if (run->options->revert > 0)
        return 0;
    r = guard_change(names, &last->manifest, run->dropped, &run->shares, run->problem);
    if (r < 0 && run->options->force) {
        run->outcome->forced = *run->problem;
        r = 0;
    }
    return r;
}

/* What came in with the serials that are taken back is forgotten. */
static int forget(struct run *run, uint32_t published)
{
    int r = 0;

    if (run->folder.directory < 0)
        r = state_folder_open(&run->folder, run->options->to, run->problem);
    return r < 0 ? r : seen_forget(&run->folder, run->options->revert, published, run->problem);
}

/* Notes what was seen, before or without a new serial: see seen.h. */
static int remember(struct run *run, uint32_t published)
{
    if (run->options->revert > 0)
        return forget(run, published);
    if (run->options->hold == 0)
        return 0;
    return seen_save(&run->folder, run->records, tree_next(&run->tree), published, run->problem);
}

static bool is_unchanged(const struct run *run)
{
    const struct difference *d = &run->outcome->difference;

    return run->outcome->before > 0 && d->added == 0 && d->removed == 0 && d->changed == 0;
}

static bool all_signed(const struct run *run)
{
    for (unsigned i = 0; i < run->signers.own.count; i++) {
        const struct keys *by = &run->tree.signed_by;
        bool found = false;

        for (unsigned j = 0; j < by->count && !found; j++)
            found = memcmp(&by->key[j], &run->signers.own.key[i], sizeof by->key[j]) == 0;
        if (!found)
            return false;
    }
    return true;
}

static int64_t expiry(int64_t created, int64_t valid)
{
    return created + valid < TIME_LAST ? created + valid : TIME_LAST;
}

/* An unchanged text stands as it is, unless it would expire, is to be valid for another time, or a
 * key of this run has not signed it. */
static bool stands(struct run *run)
{
    const struct manifest *last = &run->tree.last.manifest;

    if (!is_unchanged(run))
        return false;
    run->outcome->renew = last->created + (last->expires - last->created) / RENEW_PART;
    return run->now < run->outcome->renew && all_signed(run) &&
           last->expires == expiry(last->created, run->options->valid);
}

/* What `private` has to be for what is published. */
static enum page_private find_private(const struct publish_options *options)
{
    bool some = false;

    for (unsigned i = 0; i < options->lists.count; i++)
        some = some || options->lists.private[i];
    return options->private ? PAGE_ALL : some ? PAGE_SOME : PAGE_PUBLIC;
}

/* Puts the page for people there, or takes it away. It is no part of the registry, and what is
 * wrong with it is told, and ends nothing. */
static void put_page(struct run *run)
{
    const struct signers *signers = &run->signers;
    const struct page page = {.name = run->options->name,
                              .keys = signers->own.count > 0 ? &signers->own : &signers->trusted,
                              .private = find_private(run->options)};

    if (run->options->no_page)
        page_remove(&run->tree, &run->outcome->page);
    else
        page_put(&run->tree, &page, &run->fresh_page, &run->outcome->page);
}

/* Makes the new serial and lets HEAD name it. */
static int publish_draft(struct run *run)
{
    struct manifest *manifest = &run->outcome->manifest;
    const struct published *last = &run->tree.last;
    int r = draft_make(&run->draft, &run->tree, run->problem);

    if (r < 0)
        return r;
    *manifest = (struct manifest){.serial = run->draft.serial, .parent = run->outcome->before};
    memcpy(manifest->name, run->options->name, strlen(run->options->name) + 1);
    memcpy(manifest->parent_sha256, last->sha256, SHA256_OCTETS);
    manifest->created = run->now;
    manifest->expires = expiry(run->now, run->options->valid);
    if (!is_unchanged(run) || draft_link(&run->draft, manifest) < 0)
        r = draft_snapshot(&run->draft, run->records, manifest, run->problem);
    if (r == 0)
        r = deltas_write(&run->draft, &run->chain, run->records, manifest, run->problem);
    if (r == 0)
        r = draft_sign(&run->draft, manifest, &run->signers, run->problem);
    if (r == 0)
        r = remember(run, run->draft.serial);
    if (r < 0)
        return r;
    put_page(run);
    r = draft_publish(&run->draft, run->problem);
    run->outcome->moved = run->draft.published;
    if (!run->draft.published && run->fresh_page)
        page_remove(&run->tree, &run->outcome->page);
    run->tree.folder.made = run->tree.folder.made && !run->draft.published;
    return r;
}

/* Lets HEAD name the last serial, which the run that made it did not live to do. */
static int announce(struct run *run)
{
    if (syncfs(run->tree.fd) < 0)
        return problem_set(run->problem, -errno, "%s: %s", run->tree.path, error_text(-errno));
    return tree_set_head(&run->tree, run->outcome->before, &run->outcome->moved, run->problem);
}

/* What a run that failed otherwise has been told is good for the next one; and where names failed,
 * they alone are asked for again. */
static void end_journal(const struct run *run, int result)
{
    if (run->folder.directory < 0 || run->options->revert > 0)
        return;
    if (result == 0)
        journal_remove(run->folder.directory);
    else if (guard_stands(result))
        journal_refuse(run->folder.directory);
}

int publish(const struct publish_options *options, struct publish_outcome *outcome,
            struct problem *problem)
{
    static const struct publish_outcome nothing;
    struct run run = {.options = options,
                      .outcome = outcome,
                      .problem = problem,
                      .tree = {.fd = -1},
                      .folder = {.directory = -1},
                      .draft = {.fd = -1}};
    int r;

    *outcome = nothing;
    outcome->skips.each = options->skipped;
    problem->text[0] = '\0';
    r = open_tree(&run);
    if (r == 0)
        r = read_records(&run);
    if (r == 0)
        r = weigh(&run);
    if (r < 0)
        goto out;
    if (stands(&run)) {
        outcome->unchanged = true;
        outcome->manifest = run.tree.last.manifest;
        r = remember(&run, outcome->before);
        if (r == 0)
            put_page(&run);
        if (r == 0 && outcome->adopted)
            r = announce(&run);
        goto out;
    }
    r = publish_draft(&run);
    if (r == 0)
        serial_chain_prune(&run.tree, &run.chain, &outcome->left);
out:
    end_journal(&run, r);
    draft_close(&run.draft);
    records_free(run.records);
    state_folder_close(&run.folder);
    tree_close(&run.tree);
    signers_close(&run.signers);
    return r;
}
