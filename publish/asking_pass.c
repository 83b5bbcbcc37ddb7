#include "publish/asking_pass.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAIT_MS 50
/* A pause of ours does not let the rate be exceeded by more than this afterwards. */
#define CATCH_UP_US 10000

struct job {
    struct pass *pass;
    struct job *next; /* of the free ones */
    uint32_t id;
    unsigned pending;
    bool asked[FAMILIES];
    struct answer answer[FAMILIES];
};

struct pass {
    struct sweep *sweep;
    struct job *jobs, *free;
    unsigned under_way;
    uint32_t id;  /* the next name; 0: none is left */
    int64_t next; /* with a rate: when the next question may go, us */
    int result;
};

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static bool is_wanted(const struct pass *pass, uint32_t id, unsigned family)
{
    return asked_now(records_state(pass->sweep->records, id), family) == pass->sweep->which;
}

/* The first name from `id` on that is to be asked for. */
static uint32_t find_wanted(const struct pass *pass, uint32_t id)
{
    while (id != 0 && !is_wanted(pass, id, A) && !is_wanted(pass, id, AAAA))
        id = records_after(pass->sweep->records, id);
    return id;
}

static void finish(struct job *job)
{
    const struct answer *answers[FAMILIES] = {job->asked[A] ? &job->answer[A] : NULL,
                                              job->asked[AAAA] ? &job->answer[AAAA] : NULL};
    struct pass *pass = job->pass;

    if (pass->result == 0)
        pass->result = pass->sweep->take(pass->sweep->context, job->id, answers);
    pass->under_way--;
    job->next = pass->free;
    pass->free = job;
}

static void take_a(void *context, const struct answer *answer)
{
    struct job *job = context;

    job->answer[A] = *answer;
    if (--job->pending == 0)
        finish(job);
}

static void take_aaaa(void *context, const struct answer *answer)
{
    struct job *job = context;

    job->answer[AAAA] = *answer;
    if (--job->pending == 0)
        finish(job);
}

static void start(struct pass *pass, uint32_t id)
{
    static dns_done *const take[FAMILIES] = {take_a, take_aaaa};
    struct job *job = pass->free;
    unsigned first;
    bool both;
    char name[NAME_MAX_OCTETS + 1];
    const char *text;
    size_t len;

    text = records_name_of(pass->sweep->records, id, &len);
    memcpy(name, text, len);
    name[len] = '\0';
    pass->free = job->next;
    pass->under_way++;
    job->id = id;
    job->pending = 0;
    for (unsigned family = 0; family < FAMILIES; family++) {
        job->asked[family] = is_wanted(pass, id, family);
        job->pending += job->asked[family];
    }
    pass->sweep->questions += job->pending;
    if (pass->sweep->rate > 0)
        pass->next += job->pending * INT64_C(1000000) / pass->sweep->rate;
    /* An answer may come before dns_ask returns, and with the last one the job is over. */
    first = job->asked[A] ? A : AAAA;
    both = job->pending == FAMILIES;
    dns_ask(pass->sweep->dns, name, family_octets(first), take[first], job);
    if (both)
        dns_ask(pass->sweep->dns, name, family_octets(AAAA), take[AAAA], job);
}

/* Starts what may be started. Returns how long to wait then, in milliseconds. */
static int start_some(struct pass *pass)
{
    unsigned rate = pass->sweep->rate;
    int64_t now = rate > 0 ? now_us() : 0;

    if (rate > 0 && pass->next < now - CATCH_UP_US)
        pass->next = now - CATCH_UP_US;
    while (pass->id != 0 && pass->free != NULL && pass->result == 0) {
        uint32_t id = pass->id;

        if (rate > 0 && pass->next > now)
            return (int)((pass->next - now) / 1000 < WAIT_MS ? (pass->next - now) / 1000 + 1
                                                             : WAIT_MS);
        start(pass, id);
        pass->id = find_wanted(pass, records_after(pass->sweep->records, id));
    }
    return WAIT_MS;
}

int sweep_run(struct sweep *sweep)
{
    struct pass pass = {.sweep = sweep, .next = now_us()};

    pass.jobs = calloc(sweep->parallel, sizeof *pass.jobs);
    if (pass.jobs == NULL)
        return -ENOMEM;
    for (unsigned i = 0; i < sweep->parallel; i++) {
        pass.jobs[i].pass = &pass;
        pass.jobs[i].next = pass.free;
        pass.free = &pass.jobs[i];
    }
    pass.id = find_wanted(&pass, records_after(sweep->records, 0));
    while (pass.result == 0 && (pass.id != 0 || pass.under_way > 0)) {
        int wait = start_some(&pass), r = dns_wait(sweep->dns, wait);

        if (r == 0)
            r = sweep->tick(sweep->context);
        if (pass.result == 0)
            pass.result = r;
    }
    /* Nobody is left to take the answers that are under way. */
    if (pass.under_way > 0)
        dns_forget(sweep->dns);
    free(pass.jobs);
    return pass.result;
}
