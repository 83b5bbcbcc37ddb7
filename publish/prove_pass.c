#include "publish/prove_pass.h"
#include "base/error.h"
#include "proof/proof.h"
#include "publish/stop.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STEP_MS 200

/* What is tried, as proof.h wants it; each name once. */
struct list {
    const struct prove_pass *pass;
    const size_t *due;
    struct proof_item *item;
    char *names;
};

static size_t octets_of_names(const struct prove_pass *pass, const size_t *due, size_t count)
{
    size_t octets = 0, len;

    for (size_t i = 0; i < count; i++) {
        records_name_of(pass->records, pass->pairs->pair[due[i]].id, &len);
        octets += len + 1;
    }
    return octets;
}

static int list_make(struct list *list, const struct prove_pass *pass, const size_t *due,
                     size_t count)
{
    uint32_t id = 0;
    char *name, *next;

    *list = (struct list){.pass = pass, .due = due};
    list->item = calloc(count, sizeof *list->item);
    list->names = name = next = malloc(octets_of_names(pass, due, count));
    if (list->item == NULL || list->names == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const struct pair *pair = &pass->pairs->pair[due[i]];

        if (pair->id != id) {
            size_t len;
            const char *text = records_name_of(pass->records, id = pair->id, &len);

            name = next;
            next = mempcpy(next, text, len);
            *next++ = '\0';
        }
        list->item[i] = (struct proof_item){
            .name = name, .port = records_port(pass->records, id), .octets = pair->octets};
        memcpy(list->item[i].address, pair->address, pair->octets);
    }
    return 0;
}

static void list_free(struct list *list)
{
    free(list->item);
    free(list->names);
}

static void take(void *user, size_t item, const struct proof_result *result)
{
    struct list *list = user;

    list->pass->pairs->pair[list->due[item]].verdict = (uint8_t)result->verdict;
}

static void show(const struct prove_pass *pass, const struct proving *proving)
{
    struct proof_progress at;
    struct progress progress = {.proving = true};

    proving_progress(proving, &at);
    progress.names = at.count;
    progress.done = at.done;
    progress.failed = at.done - at.verdict[PROOF_PROVEN] - at.verdict[PROOF_OPEN];
    progress.left = at.left_ms < 0 ? -1 : at.left_ms / 1000;
    if (pass->progress != NULL)
        pass->progress(pass->context, &progress);
}

/* Until all are told, or there is no more time. */
static int go_on(const struct prove_pass *pass, struct proving *proving, struct problem *problem)
{
    int r;

    while ((r = proving_step(proving, STEP_MS)) > 0) {
        show(pass, proving);
        if (stop_requested())
            return problem_set(problem, E_STOPPED,
                               "stopped while addresses were proven; started again it goes on "
                               "with those that were not tried");
    }
    return r == -ETIMEDOUT ? 0 : r;
}

/* Tries them all. */
static int try_list(struct prove_pass *pass, const size_t *due, size_t count,
                    struct problem *problem)
{
    const struct proof_limits limits = {.parallel = PROOF_PARALLEL,
                                        .rate = PROOF_RATE,
                                        .timeout_ms = PROOF_TIMEOUT_MS,
                                        .deadline = pass->deadline,
                                        .any = pass->any};
    struct proof_progress progress = {0};
    struct proving *proving = NULL;
    const char *what;
    struct list list;
    int r;

    if (count == 0)
        return 0;
    r = list_make(&list, pass, due, count);
    if (r == 0)
        r = proving_open(&proving, list.item, count, &limits, take, &list);
    what = r == -ENOENT || r == -EACCES ? "certificates of authorities" : "proofs";
    if (r == 0) {
        r = go_on(pass, proving, problem);
        proving_progress(proving, &progress);
        pass->handshakes += progress.handshakes;
    }
    proving_close(proving);
    list_free(&list);
    return r < 0 && r != E_STOPPED ? problem_set(problem, r, "%s: %s", what, error_text(r)) : r;
}

static int compare_addresses(const void *a, const void *b, void *pairs)
{
    const struct pair *all = pairs;
    const struct pair *left = &all[*(const size_t *)a], *right = &all[*(const size_t *)b];

    if (left->octets != right->octets)
        return left->octets < right->octets ? -1 : 1;
    return memcmp(left->address, right->address, left->octets);
}

/* How many of `due` from `from` on are at its address. */
static size_t count_address(const struct prove_pass *pass, const size_t *due, size_t count,
                            size_t from)
{
    size_t end = from + 1;

    while (end < count && compare_addresses(&due[from], &due[end], pass->pairs->pair) == 0)
        end++;
    return end - from;
}

/* What the first ones at an address say of the others: PROOF_PROVEN if these are worth a try. */
static enum proof_verdict judge(const struct prove_pass *pass, const size_t *first)
{
    enum proof_verdict best = PROOF_UNTRIED;

    for (size_t i = 0; i < pass->first; i++) {
        enum proof_verdict verdict = (enum proof_verdict)pass->pairs->pair[first[i]].verdict;

        if (proof_would_work(verdict))
            return PROOF_PROVEN;
        best = verdict < best ? verdict : best;
        if (verdict == PROOF_RESET)
            return PROOF_UNTRIED;
    }
    return best;
}

int prove_pass_run(struct prove_pass *pass, size_t *due, size_t count, struct problem *problem)
{
    size_t *list = calloc(count + 1, sizeof *list), listed = 0;
    int r;

    if (list == NULL)
        return problem_set(problem, -ENOMEM, "proofs: %s", error_text(-ENOMEM));
    qsort_r(due, count, sizeof *due, compare_addresses, pass->pairs->pair);
    for (size_t i = 0, n; i < count; i += n) {
        n = count_address(pass, due, count, i);
        for (size_t k = 0; k < n && k < pass->first; k++)
            list[listed++] = due[i + k];
    }
    r = try_list(pass, list, listed, problem);
    listed = 0;
    for (size_t i = 0, n; r == 0 && i < count; i += n) {
        n = count_address(pass, due, count, i);
        for (size_t k = pass->first; k < n; k++) {
            enum proof_verdict verdict = judge(pass, &due[i]);

            if (verdict == PROOF_PROVEN)
                list[listed++] = due[i + k];
            else
                pass->pairs->pair[due[i + k]].verdict = (uint8_t)verdict;
        }
    }
    if (r == 0)
        r = try_list(pass, list, listed, problem);
    free(list);
    return r;
}
