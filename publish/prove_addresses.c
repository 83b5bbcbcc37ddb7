#include "publish/prove_addresses.h"
#include "base/clock.h"
#include "base/error.h"
#include "proof/proof.h"
#include "publish/name_findings.h"
#include "publish/names.h"
#include "publish/prove_pass.h"
#include "publish/proven.h"
#include "publish/proven_file.h"
#include "publish/records_place.h"
#include "publish/siblings.h"
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What is not over by then comes first the next time. */
#define DEADLINE_MS ((int64_t)12 * 3600 * 1000)
/* Days over which pairs that were first tried together are spread. */
#define SPREAD 7
/* Names that tell of an address whether anybody is there; of one that has failed already. */
#define FIRST 2
#define FIRST_AGAIN 1

struct run {
    const struct prove_options *options;
    const struct state_folder *folder;
    struct records *records;
    struct records *chosen, *required; /* names alone; NULL: no list of them */
    struct prove_counts *counts;
    struct problem *problem;
    int64_t now;
    struct pairs pairs;
    struct prove_pass pass;
    size_t *due;
};

static int fail(struct run *run, int code)
{
    return problem_set(run->problem, code, "proofs: %s", error_text(code));
}

static int read_list(struct run *run, const struct prove_list *list, struct records **names)
{
    struct skips *ignored; /* they are told of in the lists of what is published */
    struct names reading = {.admission = ADMIT_ALL, .www = run->options->www};
    int r = 0;

    if (list->count == 0)
        return 0;
    ignored = calloc(1, sizeof *ignored);
    r = ignored == NULL ? -ENOMEM : records_new(names);
    if (r < 0)
        fail(run, r);
    reading.records = *names;
    reading.skips = ignored;
    for (unsigned i = 0; i < list->count && r == 0; i++)
        r = names_read(&reading, list->file[i], run->problem);
    free(ignored);
    return r;
}

/* The id that the name has in the list, or 0. */
static uint32_t listed(const struct run *run, const struct records *list, uint32_t id)
{
    size_t len;
    const char *name = records_name_of(run->records, id, &len);

    return list != NULL ? records_find(list, name, len) : 0;
}

static bool is_required(const struct run *run, uint32_t id)
{
    return listed(run, run->required, id) != 0;
}

static bool is_wanted(const void *user, uint32_t id)
{
    const struct run *run = user;

    return run->options->all || listed(run, run->chosen, id) != 0 || is_required(run, id);
}

/* What a list of names says, which may be another's, does not count for a name that was chosen
 * here. */
static void take_port(struct run *run, uint32_t id)
{
    uint32_t chosen = listed(run, run->chosen, id), required = listed(run, run->required, id);
    uint16_t port = required != 0 ? records_port(run->required, required) : 0;

    if (port == 0 && chosen != 0)
        port = records_port(run->chosen, chosen);
    if (chosen != 0 || required != 0)
        records_set_port(run->records, id, port);
}

static int add_name(struct run *run, uint32_t id)
{
    struct records_address address;
    uint32_t at = 0;
    int r = 0;

    while (r == 0 && records_address_next(run->records, id, &at, &address)) {
        struct pair pair = {.id = id,
                            .proven = HOURS_NEVER,
                            .tried = HOURS_NEVER,
                            .octets = address.octets,
                            .given = address.last == 0,
                            .held = address.last > 0,
                            .verdict = PROOF_UNTRIED};

        memcpy(pair.address, address.address, address.octets);
        r = pairs_add(&run->pairs, &pair);
    }
    take_port(run, id);
    return r;
}

/* All pairs of the names that are wanted. */
static int load(struct run *run)
{
    int r = read_list(run, &run->options->names, &run->chosen);

    if (r == 0)
        r = read_list(run, &run->options->require, &run->required);
    if (r < 0)
        return r;
    for (uint32_t id = 0; r == 0 && (id = records_after(run->records, id)) != 0;)
        r = is_wanted(run, id) ? add_name(run, id) : 0;
    if (r < 0)
        return fail(run, r);
    r = proven_file_load(run->folder, run->records, run->options->admission, is_wanted, run,
                         run->now, &run->pairs, run->problem);
    pairs_sort(&run->pairs);
    return r;
}

/* Where nothing at all can be tried, as without authorities, what is known stays as it is. */
static int try_all(struct run *run, size_t count)
{
    int r = prove_pass_run(&run->pass, run->due, count, run->problem);

    if (r < 0 && r != E_STOPPED && r != -ENOMEM && error_is_errno(r)) {
        run->counts->impossible = *run->problem;
        run->problem->text[0] = '\0';
        r = 0;
    }
    return r;
}

static size_t find_due(const struct run *run)
{
    size_t count = 0;

    for (size_t i = 0, n; i < run->pairs.count; i += n) {
        n = pairs_of_name(&run->pairs, i);
        for (size_t k = 0; k < n; k++)
            if (proven_is_due(&run->pairs.pair[i], n, k))
                run->due[count++] = i + k;
    }
    return count;
}

/* Where nothing was proven, some that should be are tried. */
static int try_controls(struct run *run)
{
    size_t count = 0;

    for (unsigned family = 0; family < DOUBTS_FAMILIES; family++)
        count += doubts_controls(&run->pairs, family, run->due + count);
    return try_all(run, count);
}

static int try_suspects(struct run *run)
{
    size_t count;
    int r;

    for (unsigned family = 0; family < DOUBTS_FAMILIES; family++)
        run->counts->lost[family] = doubts_lost(&run->pairs, family, &run->counts->before[family]);
    r = doubts_suspects(&run->pairs, run->counts->lost, run->due, &count);
    if (r < 0)
        return fail(run, r);
    run->pass.first = FIRST_AGAIN;
    r = try_all(run, count);
    run->pass.first = FIRST;
    return r;
}

static void note(struct run *run)
{
    for (size_t i = 0, n; i < run->pairs.count; i += n) {
        uint16_t ago = (uint16_t)(randombytes_uniform(SPREAD) * 24);

        n = pairs_of_name(&run->pairs, i);
        proven_note(&run->pairs.pair[i], n, run->counts->lost, ago);
    }
}

static int make_room(struct run *run)
{
    free(run->due);
    run->due = calloc(run->pairs.count + DOUBTS_FAMILIES * DOUBTS_CONTROLS, sizeof *run->due);
    return run->due != NULL ? 0 : fail(run, -ENOMEM);
}

static int try_due(struct run *run)
{
    int r = make_room(run);

    if (r == 0)
        r = try_all(run, find_due(run));
    if (r == 0)
        r = try_controls(run);
    if (r == 0)
        r = try_suspects(run);
    /* Of a run that was stopped what failed says nothing. */
    if (r < 0)
        run->counts->lost[DOUBTS_IPV4] = run->counts->lost[DOUBTS_IPV6] = true;
    note(run);
    return r;
}

static int try_siblings(struct run *run)
{
    size_t count = 0;
    int r = siblings_add(run->records, &run->pairs, run->options->siblings);

    if (r < 0)
        return fail(run, r);
    r = make_room(run);
    for (size_t i = 0; r == 0 && i < run->pairs.count; i++)
        if (sibling_is_new(&run->pairs.pair[i]) &&
            !run->counts->lost[pair_family(&run->pairs.pair[i])])
            run->due[count++] = i;
    if (r == 0)
        r = try_all(run, count);
    note(run);
    return r;
}

/* What of the records stands goes into its place, before others are added: a full name keeps the
 * best. */
static int place(struct run *run, const struct pair *pairs, size_t count)
{
    int r = 0;

    for (unsigned added = 0; added < 2; added++) {
        for (size_t i = 0; i < count && r == 0; i++) {
            const struct pair *pair = &pairs[i];
            bool is_there = pair->given || pair->held;

            if (pair->place == PLACE_NONE)
                records_address_drop(run->records, pair->id, pair->address, pair->octets);
            else if (is_there != (added == 1))
                r = records_address_place(run->records, pair->id, pair->address, pair->octets,
                                          pair->place);
            run->counts->stay += pair->place != PLACE_NONE && !is_there && added == 1;
        }
    }
    return r;
}

static void count_name(struct run *run, const struct pair *pairs, size_t count, bool required)
{
    struct prove_counts *counts = run->counts;

    switch (proven_name(pairs, count)) {
    case NAME_PROVEN:
        counts->proven++;
        counts->denied += findings_is_denied(records_mark(run->records, pairs->id));
        return;
    case NAME_OPEN:
        counts->open++;
        return;
    case NAME_WITHOUT:
        counts->unproven += required;
        counts->without += !required && records_has_address(run->records, pairs->id);
    }
}

static int decide(struct run *run)
{
    int r = 0;

    for (size_t i = 0, n; i < run->pairs.count && r == 0; i += n) {
        struct pair *pairs = &run->pairs.pair[i];
        bool required = is_required(run, pairs->id);

        n = pairs_of_name(&run->pairs, i);
        proven_decide(pairs, n, required);
        r = place(run, pairs, n);
        count_name(run, pairs, n, required);
    }
    return r < 0 ? fail(run, r) : 0;
}

bool prove_is_wanted(const struct prove_options *options)
{
    return options->all || options->names.count > 0 || options->require.count > 0;
}

int prove_addresses(const struct prove_options *options, const struct state_folder *folder,
                    struct records *records, struct prove_counts *counts, struct problem *problem)
{
    struct run run = {.options = options,
                      .folder = folder,
                      .records = records,
                      .counts = counts,
                      .problem = problem,
                      .now = time(NULL)};
    struct problem other;
    int r, saved;

    run.pass = (struct prove_pass){.records = records,
                                   .pairs = &run.pairs,
                                   .any = options->admission == ADMIT_ALL,
                                   .deadline = clock_ms(CLOCK_BOOTTIME) + DEADLINE_MS,
                                   .first = FIRST,
                                   .progress = options->progress,
                                   .context = options->context};
    r = load(&run);
    if (r == 0 && run.pairs.count > 0) {
        r = try_due(&run);
        if (r == 0)
            r = try_siblings(&run);
        run.problem = r < 0 ? &other : problem;
        saved = decide(&run);
        if (saved == 0)
            saved = proven_file_save(folder, records, run.now, &run.pairs, run.problem);
        r = r < 0 ? r : saved;
    }
    counts->handshakes = run.pass.handshakes;
    pairs_free(&run.pairs);
    records_free(run.chosen);
    records_free(run.required);
    free(run.due);
    return r;
}
