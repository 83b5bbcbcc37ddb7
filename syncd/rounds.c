#include "syncd/rounds.h"
#include "base/clock.h"
#include "copy/registry_folder.h"
#include "syncd/schedule.h"
#include "syncd/service_manager.h"
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

int rounds_open(struct rounds *rounds)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    rounds->count = 0;
    rounds->suspended = clock_suspended_ms();
    rounds->awake = 0;
    rounds->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    rounds->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    rounds->told = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return rounds->ended >= 0 && rounds->stop >= 0 && rounds->told >= 0 ? 0 : -1;
}

void rounds_close(struct rounds *rounds)
{
    if (rounds->ended >= 0)
        close(rounds->ended);
    if (rounds->stop >= 0)
        close(rounds->stop);
    if (rounds->told >= 0)
        close(rounds->told);
}

static void read_state(struct rounds_job *job)
{
    int folder = registry_folder_open(&job->registry);

    if (folder < 0)
        return;
    round_state_read(&job->state, folder);
    close(folder);
}

void rounds_configure(struct rounds *rounds, const struct config *config)
{
    unsigned before = rounds->count;

    rounds->count = config->registries;
    for (unsigned i = 0; i < rounds->count; i++) {
        const struct config_registry *registry = &config->registry[i];
        struct rounds_job *job = &rounds->job[i];
        bool same = i < before && strcmp(job->registry.name, registry->name) == 0;

        *job = (struct rounds_job){
            .registry = *registry, .warned = same ? job->warned : 0, .recorded = true};
        read_state(job);
    }
}

void rounds_read_states(struct rounds *rounds)
{
    for (unsigned i = 0; i < rounds->count; i++)
        if (rounds->job[i].recorded && !rounds->job[i].running)
            read_state(&rounds->job[i]);
}

static void tell(int fd)
{
    /* Full only if nobody has looked at it: then it is readable. */
    eventfd_write(fd, 1);
}

static void *run(void *user)
{
    struct rounds_job *job = user;

    round_run(&job->registry, job->by_hand, job->stop, &job->state, &job->round);
    atomic_store(&job->ended, true);
    tell(job->tell);
    return NULL;
}

static unsigned start(struct rounds *rounds, struct rounds_job *job)
{
    job->by_hand = job->told;
    job->told = false;
    job->running = true;
    job->ended = false;
    job->stop = rounds->stop;
    job->tell = rounds->ended;
    job->threaded = pthread_create(&job->thread, NULL, run, job) == 0;
    if (job->threaded)
        return 1;
    /* The others wait for it then, and nobody is left to tell `stop`, or that all is well. */
    job->stop = rounds->told;
    service_manager_bear(job->registry.round_timeout);
    run(job);
    service_manager_bear(0);
    return 1;
}

void rounds_ask(struct rounds *rounds)
{
    for (unsigned i = 0; i < rounds->count; i++)
        rounds->job[i].told = true;
}

/* How many of its mirrors are files of this machine's. */
static unsigned own_urls(const struct config_registry *registry)
{
    static const char scheme[] = "file:";
    unsigned count = 0;

    for (unsigned i = 0; i < registry->urls; i++)
        count += strncmp(registry->url[i], scheme, strlen(scheme)) == 0;
    return count;
}

void rounds_ask_own(struct rounds *rounds)
{
    for (unsigned i = 0; i < rounds->count; i++)
        rounds->job[i].told = rounds->job[i].told || own_urls(&rounds->job[i].registry) > 0;
}

unsigned rounds_start_asked(struct rounds *rounds)
{
    unsigned count = 0;

    for (unsigned i = 0; i < rounds->count; i++)
        if (rounds->job[i].told && !rounds->job[i].running)
            count += start(rounds, &rounds->job[i]);
    return count;
}

/* How long those are put off that need a network, in seconds. */
static int64_t network_late(struct rounds *rounds)
{
    int64_t suspended = clock_suspended_ms(), now = clock_ms(CLOCK_MONOTONIC);
    int64_t late = schedule_network_late(now - rounds->awake);

    /* One that is awake for less each time comes to its round, too. */
    if (suspended - rounds->suspended > CLOCK_SUSPEND_MS && late == 0) {
        rounds->awake = now;
        late = schedule_network_late(0);
    }
    rounds->suspended = suspended;
    return late;
}

void rounds_booted(struct rounds *rounds)
{
    rounds->awake = clock_ms(CLOCK_MONOTONIC);
}

/* A machine without a copy is not kept waiting for it. */
static bool can_wait(const struct rounds_job *job)
{
    return job->state.good != 0 && own_urls(&job->registry) < job->registry.urls;
}

unsigned rounds_start(struct rounds *rounds, int64_t now)
{
    unsigned count = rounds_start_asked(rounds);
    bool late = network_late(rounds) > 0;

    for (unsigned i = 0; i < rounds->count; i++) {
        struct rounds_job *job = &rounds->job[i];

        if (job->running || (late && can_wait(job)))
            continue;
        if (schedule_due(&job->state, job->registry.interval, now))
            count += start(rounds, job);
    }
    return count;
}

int64_t rounds_next(struct rounds *rounds, int64_t now)
{
    int64_t next = 0, late = network_late(rounds);

    for (unsigned i = 0; i < rounds->count; i++) {
        const struct rounds_job *job = &rounds->job[i];
        int64_t due;

        if (job->running)
            continue;
        /* 0 means none. */
        due = job->state.next > 0 ? job->state.next : 1;
        /* Also where it is due by a clock that was set back, and the time is far away. */
        if (late > 0 && can_wait(job) &&
            (due < now + late || schedule_due(&job->state, job->registry.interval, now)))
            due = now + late;
        if (next == 0 || due < next)
            next = due;
    }
    return next;
}

static void join(struct rounds_job *job)
{
    if (job->threaded)
        pthread_join(job->thread, NULL);
    job->threaded = false;
}

struct rounds_job *rounds_reap(struct rounds *rounds)
{
    eventfd_t count;

    eventfd_read(rounds->ended, &count);
    for (unsigned i = 0; i < rounds->count; i++) {
        struct rounds_job *job = &rounds->job[i];

        if (!job->running || !atomic_load(&job->ended))
            continue;
        join(job);
        job->running = false;
        job->recorded = job->round.recorded;
        /* There may be others. */
        tell(rounds->ended);
        return job;
    }
    return NULL;
}

void rounds_stop(struct rounds *rounds)
{
    eventfd_t count;

    tell(rounds->stop);
    for (unsigned i = 0; i < rounds->count; i++)
        if (rounds->job[i].running)
            join(&rounds->job[i]);
    eventfd_read(rounds->stop, &count);
}
