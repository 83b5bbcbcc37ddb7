#include "survey/survey.h"
#include "base/clock.h"
#include "base/error.h"
#include "dns/dns.h"
#include "survey/survey_judge.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FAMILIES 2
/* Questions under way. */
#define PARALLEL 100
/* After so many failures, and no answer, DNS is not asked any more. */
#define FAILURES_MAX 20
#define STEP_MS 20

/* Makes room for one more behind `count`. */
static int grow(void *array, size_t *room, size_t count, size_t size)
{
    size_t wanted = count + count / 2 + 64;
    void *larger;

    if (count < *room)
        return 0;
    larger = reallocarray(*(void **)array, wanted, size);
    if (larger == NULL)
        return -ENOMEM;
    *(void **)array = larger;
    *room = wanted;
    return 0;
}

static int add_address(struct survey *survey, const char *name, const unsigned char *address,
                       uint8_t octets)
{
    size_t room = survey->address_room;
    struct proof_item *item;

    if (grow(&survey->items, &room, survey->address_count, sizeof *survey->items) < 0 ||
        grow(&survey->addresses, &survey->address_room, survey->address_count,
             sizeof *survey->addresses) < 0)
        return -ENOMEM;
    item = &survey->items[survey->address_count];
    *item = (struct proof_item){.name = name, .octets = octets};
    memcpy(item->address, address, octets);
    survey->addresses[survey->address_count++] = (struct survey_address){.verdict = PROOF_UNTRIED};
    return 0;
}

int survey_add(struct survey *survey, const struct record *record, bool drawn, bool used)
{
    struct survey_name *name;
    int r = grow(&survey->names, &survey->room, survey->count, sizeof *survey->names);

    if (r < 0)
        return r;
    name = &survey->names[survey->count];
    *name = (struct survey_name){.name = strndup(record->name, record->name_len),
                                 .first = survey->address_count,
                                 .count = record->n4 + record->n6,
                                 .drawn = drawn,
                                 .used = used,
                                 .dns = SURVEY_UNKNOWN,
                                 .fate = SURVEY_UNTRIED};
    if (name->name == NULL)
        return -ENOMEM;
    survey->count++;
    for (unsigned i = 0; r == 0 && i < record->n4; i++)
        r = add_address(survey, name->name, record->ipv4 + 4UL * i, 4);
    for (unsigned i = 0; r == 0 && i < record->n6; i++)
        r = add_address(survey, name->name, record->ipv6 + 16UL * i, 16);
    return r;
}

void survey_free(struct survey *survey)
{
    for (size_t i = 0; i < survey->count; i++)
        free(survey->names[i].name);
    free(survey->names);
    free(survey->items);
    free(survey->addresses);
    *survey = (struct survey){0};
}

/* A name that DNS is asked for, once for each family. */
struct pair {
    struct work *work;
    struct survey_name *name;
    unsigned pending;
    struct survey_answers answers;
};

struct work {
    struct survey *survey;
    struct dns *dns;
    struct proving *proving;
    struct pair *pairs; /* of each name */
    size_t asked;       /* names */
    size_t pending;     /* questions under way */
    size_t failed;      /* questions, */
    bool answered;      /* and one that did not */
    int64_t started;
};

static bool gives(const struct answer *answer, const struct proof_item *item)
{
    if (item->octets != answer->octets)
        return false;
    for (unsigned i = 0; i < answer->count; i++)
        if (memcmp(answer->address[i], item->address, item->octets) == 0)
            return true;
    return false;
}

static void take_answer(void *context, const struct answer *answer)
{
    struct pair *pair = context;
    struct survey *survey = pair->work->survey;
    struct survey_answers *answers = &pair->answers;
    unsigned matched = 0;

    for (size_t i = pair->name->first; i < pair->name->first + pair->name->count; i++)
        if (gives(answer, &survey->items[i])) {
            survey->addresses[i].given = true;
            matched++;
        }
    answers->matched += matched;
    answers->more = answers->more || answer->count > matched;
    answers->cut = answers->cut || answer->count == ANSWER_ADDRESSES_MAX;
    answers->found = answers->found || answer->finding == FINDING_FOUND;
    if (answer->finding == FINDING_FAILED) {
        answers->failed = true;
        pair->work->failed++;
    } else {
        pair->work->answered = true;
    }
    pair->work->pending--;
    if (--pair->pending == 0)
        pair->name->dns = survey_judge_dns(answers);
}

static void take_proof(void *user, size_t item, const struct proof_result *result)
{
    struct survey_address *address = &((struct survey *)user)->addresses[item];

    address->verdict = result->verdict;
    address->why = result->why;
    address->port = result->port;
}

/* Nobody has to wait for time-outs while everything is out. */
static bool is_dns_dead(const struct work *work)
{
    return !work->answered && work->failed >= FAILURES_MAX;
}

static bool asks_dns(const struct work *work)
{
    return work->dns != NULL && !is_dns_dead(work) &&
           (work->asked < work->survey->count || work->pending > 0);
}

/* As many as are due. */
static void ask_some(struct work *work)
{
    int64_t due = (clock_ms(CLOCK_BOOTTIME) - work->started) * SURVEY_RATE / (1000 * FAMILIES) + 1;

    while (work->asked < work->survey->count && (int64_t)work->asked < due &&
           work->pending + FAMILIES <= PARALLEL) {
        struct pair *pair = &work->pairs[work->asked];

        *pair = (struct pair){.work = work,
                              .name = &work->survey->names[work->asked],
                              .pending = FAMILIES,
                              .answers.stored = work->survey->names[work->asked].count};
        work->asked++;
        work->pending += FAMILIES;
        dns_ask(work->dns, pair->name->name, 4, ADMIT_ALL, take_answer, pair);
        dns_ask(work->dns, pair->name->name, 16, ADMIT_ALL, take_answer, pair);
    }
}

static void look_at_progress(const struct work *work, struct survey_progress *progress)
{
    int64_t dns_ms = asks_dns(work) ? (int64_t)(work->survey->count - work->asked) * 1000 *
                                          FAMILIES / SURVEY_RATE
                                    : 0;
    struct proof_progress proofs;

    proving_progress(work->proving, &proofs);
    *progress = (struct survey_progress){
        .done = proofs.done,
        .count = proofs.count,
        .left_ms = proofs.left_ms >= 0 && dns_ms > proofs.left_ms ? dns_ms : proofs.left_ms};
}

static int go_on(struct work *work, void (*tick)(void *user, const struct survey_progress *),
                 void *user)
{
    struct survey_progress progress;
    bool proves = true;

    while (proves || asks_dns(work)) {
        if (proves) {
            int r = proving_step(work->proving, STEP_MS);

            if (r < 0)
                return r;
            proves = r > 0;
        }
        if (asks_dns(work)) {
            ask_some(work);
            dns_wait(work->dns, proves ? 0 : STEP_MS);
        }
        look_at_progress(work, &progress);
        tick(user, &progress);
    }
    return 0;
}

/* Without a resolver all that DNS says is unknown. */
static int open_work(struct work *work, char why[MESSAGE_OCTETS])
{
    /* What a public registry holds has been looked at when it came. */
    static const struct proof_limits limits = {.parallel = PROOF_PARALLEL,
                                               .rate = PROOF_RATE,
                                               .timeout_ms = PROOF_TIMEOUT_MS,
                                               .any = true};
    struct resolvers resolvers = {0};
    int r = proving_open(&work->proving, work->survey->items, work->survey->address_count, &limits,
                         take_proof, work->survey);

    if (r < 0) {
        message_set(why, "%s%s",
                    r == -ENOMEM ? "" : "certificates of authorities: ", error_text(r));
        return r;
    }
    if (resolvers_default(&resolvers, why) == 0)
        r = dns_open(&work->dns, &resolvers, PARALLEL);
    work->pairs = calloc(work->survey->count + 1, sizeof *work->pairs);
    if (r < 0 || work->pairs == NULL) {
        message_set(why, "%s", error_text(-ENOMEM));
        return -ENOMEM;
    }
    work->started = clock_ms(CLOCK_BOOTTIME);
    return 0;
}

int survey_run(struct survey *survey, void (*tick)(void *user, const struct survey_progress *),
               void *user, char why[MESSAGE_OCTETS])
{
    struct work work = {.survey = survey};
    int r = open_work(&work, why);

    if (r == 0) {
        r = go_on(&work, tick, user);
        if (r < 0)
            message_set(why, "%s", error_text(r));
    }
    survey->answered = work.answered;
    dns_close(work.dns);
    proving_close(work.proving);
    free(work.pairs);
    for (size_t i = 0; r == 0 && i < survey->count; i++)
        survey->names[i].fate = survey_judge_fate(&survey->addresses[survey->names[i].first],
                                                  survey->names[i].count, survey->names[i].dns);
    return r;
}
