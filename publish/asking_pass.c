#include "publish/asking_pass.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAIT_MS 50
/* A pause of ours does not let the rate be exceeded by more than this afterwards. */
#define CATCH_UP_US 10000

struct job {
    struct asking *asking;
    struct job *next; /* of the free ones */
    uint32_t id;
    unsigned pending, epoch;
    bool asked[FAMILIES];
    struct answer answer[FAMILIES];
    char name[NAME_MAX_OCTETS + 1];
};

struct asking {
    struct asking_pass *pass;
    struct job *jobs, *free;
    unsigned under_way;
    uint32_t id;  /* the next name; 0: none is left */
    int64_t next; /* with a rate: when the next question may go, us */
    int64_t last; /* when the last name was begun, us */
    int r;
};

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static bool is_wanted(const struct asking *asking, uint32_t id, unsigned family)
{
    return findings_asked(records_mark(asking->pass->records, id), family) == asking->pass->which;
}

/* The first name from `id` on that is to be asked for. */
static uint32_t find_wanted(const struct asking *asking, uint32_t id)
{
    while (id != 0 && !is_wanted(asking, id, A) && !is_wanted(asking, id, AAAA))
        id = records_after(asking->pass->records, id);
    return id;
}

static void finish(struct job *job)
{
    const struct answer *answers[FAMILIES] = {job->asked[A] ? &job->answer[A] : NULL,
                                              job->asked[AAAA] ? &job->answer[AAAA] : NULL};
    struct asking *asking = job->asking;
    bool failed = false;

    for (unsigned family = 0; family < FAMILIES; family++)
        failed = failed || (job->asked[family] && job->answer[family].finding == FINDING_FAILED);
    pace_note(asking->pass->pace, job->epoch, job->name, failed);
    if (asking->r == 0)
        asking->r = asking->pass->take(asking->pass->context, job->id, answers);
    asking->under_way--;
    job->next = asking->free;
    asking->free = job;
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

static void start(struct asking *asking, uint32_t id)
{
    static dns_done *const take[FAMILIES] = {take_a, take_aaaa};
    struct asking_pass *pass = asking->pass;
    struct job *job = asking->free;
    enum admission admission = records_admission(pass->records, id);
    unsigned first;
    bool both;
    const char *text;
    size_t len;

    text = records_name_of(pass->records, id, &len);
    memcpy(job->name, text, len);
    job->name[len] = '\0';
    job->epoch = pass->pace->epoch;
    asking->free = job->next;
    asking->under_way++;
    job->id = id;
    job->pending = 0;
    for (unsigned family = 0; family < FAMILIES; family++) {
        job->asked[family] = is_wanted(asking, id, family);
        job->pending += job->asked[family];
    }
    pass->questions += job->pending;
    if (pass->rate > 0)
        asking->next += job->pending * INT64_C(1000000) / pass->rate;
    /* An answer may come before dns_ask returns, and with the last one the job is over. */
    first = job->asked[A] ? A : AAAA;
    both = job->pending == FAMILIES;
    dns_ask(pass->dns, job->name, family_octets(first), admission, take[first], job);
    if (both)
        dns_ask(pass->dns, job->name, family_octets(AAAA), admission, take[AAAA], job);
}

/* Starts what may be started. Returns how long to wait then, in milliseconds. */
static int start_some(struct asking *asking)
{
    const struct asking_pass *pass = asking->pass;
    int64_t now = now_us();

    if (asking->next < now - CATCH_UP_US)
        asking->next = now - CATCH_UP_US;
    while (asking->id != 0 && asking->free != NULL && asking->r == 0 &&
           pace_allows(pass->pace, asking->under_way)) {
        int64_t gap = pace_gap_ms(pass->pace) * 1000, wait = asking->last + gap - now;
        uint32_t id = asking->id;

        if (pass->rate > 0 && asking->next - now > wait)
            wait = asking->next - now;
        if (wait > 0)
            return wait / 1000 < WAIT_MS ? (int)(wait / 1000) + 1 : WAIT_MS;
        asking->last = now;
        start(asking, id);
        asking->id = find_wanted(asking, records_after(pass->records, id));
    }
    return WAIT_MS;
}

int asking_pass_run(struct asking_pass *pass)
{
    struct asking asking = {.pass = pass, .next = now_us()};

    asking.jobs = calloc(pass->parallel, sizeof *asking.jobs);
    if (asking.jobs == NULL)
        return -ENOMEM;
    for (unsigned i = 0; i < pass->parallel; i++) {
        asking.jobs[i].asking = &asking;
        asking.jobs[i].next = asking.free;
        asking.free = &asking.jobs[i];
    }
    asking.id = find_wanted(&asking, records_after(pass->records, 0));
    while (asking.r == 0 && (asking.id != 0 || asking.under_way > 0)) {
        int r;

        dns_wait(pass->dns, start_some(&asking));
        r = pass->tick(pass->context);
        if (asking.r == 0)
            asking.r = r;
    }
    /* Nobody is left to take the answers that are under way. */
    if (asking.under_way > 0)
        dns_forget(pass->dns);
    free(asking.jobs);
    return asking.r;
}
