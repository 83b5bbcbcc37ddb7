#include "base/clock.h"
#include "base/cutoff.h"
#include "base/descriptors.h"
#include "proof/endless.h"
#include "proof/forecast.h"
#include "proof/handshake.h"
#include "proof/late.h"
#include "proof/own.h"
#include "proof/ports.h"
#include "proof/proof.h"
#include "proof/turns.h"
#include <errno.h>
#include <stdlib.h>

/* Begun at a time: a server is not silent because this machine has more answers than it reads. */
#define BEGIN_MAX 16

struct job {
    struct handshake handshake;
    struct turn turn;
    uint16_t port;
    int64_t began;
    int64_t late_ms;           /* the proving's, when it began */
    struct job *next, *before; /* of those that are free, or that are under way */
};

/* What came of an item's ports so far. */
struct tried {
    uint8_t ports;
    uint8_t verdict, why;
    uint16_t port;
    uint32_t ms;
};

struct proving {
    const struct proof_item *items;
    struct proof_limits limits;
    proof_take *take;
    void *user;
    CURLM *multi;
    struct cutoff *cutoff;
    struct ifaddrs *own;
    struct turns *turns;
    struct tried *tried; /* of each item */
    struct job *jobs, *free, *busy;
    struct proof_progress progress;
    bool known_told;
    int64_t started;
    struct late late;
    size_t tries;          /* items that are tried */
    double handshakes_due; /* that they will take, before anything is known */
    uint64_t finished;     /* handshakes, */
    int64_t sum_ms;        /* and how long they took together */
};

static int64_t now_ms(void)
{
    return clock_ms(CLOCK_BOOTTIME);
}

/* What is known of the address without sending anything; PROOF_PROVEN: nothing that is against it.
 */
static enum proof_verdict look_at(const struct proving *p, const struct proof_item *item)
{
    if (!p->limits.any &&
        (address_check_public(item->address, item->octets) < 0 || own_has(p->own, item)))
        return PROOF_UNTRIED;
    return own_route_exists(item) ? PROOF_PROVEN : PROOF_NO_ROUTE;
}

/* Whoever waits for a turn is one that can be tried. */
static int open_turns(struct proving *p, uint32_t count)
{
    uint32_t *order = malloc((count + 1) * sizeof *order), tries = 0;

    if (order == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < count; i++) {
        p->tried[i].verdict = (uint8_t)look_at(p, &p->items[i]);
        if (p->tried[i].verdict == PROOF_PROVEN) {
            order[tries++] = i;
            p->handshakes_due += p->items[i].port != 0 ? 1 : FORECAST_PORTS;
        }
    }
    p->tries = tries;
    return turns_open(&p->turns, p->items, order, tries, p->limits.parallel, p->limits.rate);
}

static int prepare(struct proving *p, size_t count)
{
    int r = handshake_check_authorities(p->limits.ca_file);

    if (r < 0)
        return r;
    if (count >= UINT32_MAX)
        return -E2BIG;
    if (!p->limits.any && getifaddrs(&p->own) < 0)
        return -errno;
    p->multi = curl_multi_init();
    p->tried = calloc(count + 1, sizeof *p->tried);
    p->jobs = calloc(p->limits.parallel, sizeof *p->jobs);
    if (p->multi == NULL || p->tried == NULL || p->jobs == NULL)
        return -ENOMEM;
    r = cutoff_open(&p->cutoff, endless_is, NULL);
    if (r < 0)
        return r;
    for (unsigned i = 0; i < p->limits.parallel; i++) {
        p->jobs[i].next = p->free;
        p->free = &p->jobs[i];
    }
    curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS, 1L);
    return open_turns(p, (uint32_t)count);
}

int proving_open(struct proving **proving, const struct proof_item *items, size_t count,
                 const struct proof_limits *limits, proof_take *take, void *user)
{
    struct proving *p;
    int r;

    if (limits->parallel == 0 || limits->parallel > PROOF_PARALLEL_MAX || limits->timeout_ms <= 0)
        return -EINVAL;
    p = calloc(1, sizeof *p);
    if (p == NULL)
        return -ENOMEM;
    *p = (struct proving){.items = items, .limits = *limits, .take = take, .user = user};
    p->limits.parallel = descriptors_allow(limits->parallel);
    p->progress.count = count;
    p->started = p->late.due = now_ms();
    r = prepare(p, count);
    if (r < 0)
        proving_close(p);
    else
        *proving = p;
    return r;
}

void proving_close(struct proving *proving)
{
    if (proving == NULL)
        return;
    cutoff_begin(proving->cutoff);
    for (struct job *job = proving->busy; job != NULL; job = job->next)
        handshake_end(&job->handshake, proving->multi);
    curl_multi_cleanup(proving->multi);
    cutoff_close(proving->cutoff);
    turns_close(proving->turns);
    if (proving->own != NULL)
        freeifaddrs(proving->own);
    free(proving->tried);
    free(proving->jobs);
    free(proving);
}

static struct job *take_free(struct proving *proving)
{
    struct job *job = proving->free;

    proving->free = job->next;
    job->next = proving->busy;
    job->before = NULL;
    if (job->next != NULL)
        job->next->before = job;
    proving->busy = job;
    return job;
}

static void give_back(struct proving *proving, struct job *job)
{
    if (job->next != NULL)
        job->next->before = job->before;
    if (job->before != NULL)
        job->before->next = job->next;
    else
        proving->busy = job->next;
    job->next = proving->free;
    proving->free = job;
}

static void tell(struct proving *proving, uint32_t item, const struct proof_result *result)
{
    proving->progress.done++;
    proving->progress.verdict[result->verdict]++;
    proving->take(proving->user, item, result);
}

/* The item's port that is next, or 0. */
static uint16_t next_port(const struct proving *proving, uint32_t item)
{
    uint16_t ports[PORTS_MAX] = {proving->items[item].port};
    unsigned count = ports[0] != 0 ? 1 : ports_of(proving->items[item].name, ports);
    unsigned tried = proving->tried[item].ports;

    return tried < count ? ports[tried] : 0;
}

/* What the first port gave is kept, unless a later one proves more. Returns whether there is
 * another one to try. */
static bool keep_best(struct proving *proving, uint32_t item, const struct proof_result *result)
{
    struct tried *tried = &proving->tried[item];
    uint16_t next;

    if (tried->ports++ == 0 ||
        (proof_would_work(result->verdict) && result->verdict < tried->verdict))
        *tried = (struct tried){.ports = tried->ports,
                                .verdict = (uint8_t)result->verdict,
                                .why = (uint8_t)result->why,
                                .port = result->port,
                                .ms = (uint32_t)result->ms};
    next = next_port(proving, item);
    if (next == 0 || result->verdict == PROOF_PROVEN || result->verdict == PROOF_RESET)
        return false;
    return tried->verdict != PROOF_OPEN || port_way(next) != PORT_PLAIN;
}

static void finish(struct proving *proving, const struct turn *turn, struct proof_result *result)
{
    bool again = keep_best(proving, turn->item, result);
    const struct tried *tried = &proving->tried[turn->item];

    turns_end(proving->turns, turn, again);
    if (again)
        return;
    result->verdict = (enum proof_verdict)tried->verdict;
    result->why = (enum proof_why)tried->why;
    result->port = tried->port;
    result->ms = tried->ms;
    tell(proving, turn->item, result);
}

static int begin(struct proving *proving, const struct turn *turn)
{
    struct job *job = take_free(proving);
    int r;

    job->turn = *turn;
    job->began = now_ms();
    job->port = next_port(proving, turn->item);
    job->late_ms = proving->late.ms;
    r = handshake_begin(&job->handshake, proving->multi, proving->cutoff,
                        &proving->items[turn->item], job->port, &proving->limits);
    if (r < 0)
        give_back(proving, job);
    else
        proving->progress.handshakes++;
    return r;
}

/* Begins what may begin. Returns 0 and *wait_ms until something may again, or -ENOMEM. */
static int begin_some(struct proving *proving, int64_t *wait_ms)
{
    struct turn turn;
    int r = 0;

    for (int begun = 0; r == 0 && begun < BEGIN_MAX; begun++) {
        if (!turns_next(proving->turns, now_ms(), &turn, wait_ms))
            return 0;
        r = begin(proving, &turn);
    }
    *wait_ms = 0;
    return r;
}

/* What was known beforehand. */
static void tell_known(struct proving *proving)
{
    proving->known_told = true;
    for (uint32_t i = 0; i < proving->progress.count; i++) {
        struct proof_result result = {.verdict = (enum proof_verdict)proving->tried[i].verdict};

        if (result.verdict != PROOF_PROVEN)
            tell(proving, i, &result);
    }
}

/* What this machine was too late for says nothing of the address. */
static void excuse(const struct proving *proving, const struct job *job,
                   struct proof_result *result)
{
    if (result->verdict == PROOF_SILENT && !job->handshake.endless &&
        proving->late.ms - job->late_ms > proving->limits.timeout_ms / 2)
        result->verdict = PROOF_UNTRIED;
}

static void finish_some(struct proving *proving)
{
    const CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(proving->multi, &left)) != NULL) {
        struct proof_result result = {0};
        char *of_handshake = NULL;
        struct job *job;
        struct turn turn;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &of_handshake);
        job = (struct job *)(void *)of_handshake; /* its first member */
        handshake_judge(&job->handshake, message->data.result, &result);
        excuse(proving, job, &result);
        handshake_end(&job->handshake, proving->multi);
        result.port = job->port;
        proving->sum_ms += result.ms;
        proving->finished++;
        turn = job->turn;
        give_back(proving, job);
        finish(proving, &turn, &result);
    }
}

/* Lets libcurl go on, and takes what is over. Returns 0 or -ENOMEM. */
static int perform(struct proving *proving)
{
    int running, r = 0;

    cutoff_begin(proving->cutoff);
    if (curl_multi_perform(proving->multi, &running) != CURLM_OK)
        r = -ENOMEM;
    late_note(&proving->late, now_ms());
    if (r == 0)
        finish_some(proving);
    cutoff_end(proving->cutoff);
    return r;
}

int proving_step(struct proving *proving, int wait_ms)
{
    int64_t wait = 0;
    int r;

    if (!proving->known_told)
        tell_known(proving);
    /* Before others begin, whose time that is not. */
    late_note(&proving->late, now_ms());
    r = begin_some(proving, &wait);
    if (r == 0)
        r = perform(proving);
    if (r < 0)
        return r;
    if (proving->progress.done == proving->progress.count)
        return 0;
    if (proving->limits.deadline != 0) {
        int64_t left = proving->limits.deadline - now_ms();

        if (left <= 0)
            return -ETIMEDOUT;
        wait = left < wait ? left : wait;
    }
    if (wait_ms < wait)
        wait = wait_ms;
    proving->late.due = now_ms() + wait;
    if (curl_multi_poll(proving->multi, NULL, 0, (int)wait, NULL) != CURLM_OK)
        return -ENOMEM;
    return 1;
}

/* How long all took together, and those that are under way so far: silent ones are long, and over
 * last. */
static double time_spent(const struct proving *proving, int64_t now)
{
    double sum = (double)proving->sum_ms;

    for (const struct job *job = proving->busy; job != NULL; job = job->next)
        sum += (double)(now - job->began);
    return sum;
}

void proving_progress(const struct proving *proving, struct proof_progress *progress)
{
    const int64_t now = now_ms();
    struct forecast forecast = {.limits = &proving->limits,
                                .tries = proving->tries,
                                .due = proving->handshakes_due,
                                .begun = proving->progress.handshakes,
                                .finished = proving->finished,
                                .spent_ms = time_spent(proving, now),
                                .ms = now - proving->started};

    *progress = proving->progress;
    progress->ms = forecast.ms;
    if (proving->known_told)
        forecast.over = progress->done + proving->tries - progress->count;
    forecast.silent = progress->verdict[PROOF_SILENT] > 0;
    progress->left_ms = forecast_left_ms(&forecast, proving->turns);
}
