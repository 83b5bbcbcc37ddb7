#include "dns/dns.h"
#include "base/clock.h"
#include "base/descriptors.h"
#include "dns/stub.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* glibc's look-ups manage with 16 KiB; sanitizers need more. */
#define STACK_OCTETS ((size_t)256 * 1024)
/* A question over TCP that has been under way for so much longer than its time-outs over UDP take
 * is given up, and looked at again so much later: each of its servers may be as silent. */
#define TCP_MS 20000
#define AGAIN_MS 1000

struct question {
    struct question *next;
    dns_done *done;
    void *context;
    uint64_t round; /* of struct dns, when it was asked */
    size_t octets;
    enum admission admission;
    struct answer answer;
    char name[NAME_MAX_OCTETS + 1];
};

/* A thread that asks. */
struct asker {
    struct asker *next;
    struct dns *dns;
    struct stub *stub;
    int64_t until; /* ms of the monotonic clock: when it is to give up; 0: it waits for work */
};

struct list {
    struct question *first, *last;
};

/* Threads that are waiting for an answer cannot be called back; the last one frees. */
struct dns {
    pthread_mutex_t lock; /* of all that is not constant */
    pthread_cond_t work, answered;
    struct resolvers resolvers;
    unsigned parallel;
    int64_t patience; /* ms */
    struct list asked, done;
    struct asker *askers;
    int64_t looked;         /* ms: when the askers were last looked at */
    unsigned waiting;       /* in `asked` */
    unsigned threads, idle; /* idle: waiting for `work` */
    uint64_t round;         /* questions of an earlier one are forgotten */
    bool closed;
};

static void append(struct list *list, struct question *question)
{
    question->next = NULL;
    if (list->first == NULL)
        list->first = question;
    else
        list->last->next = question;
    list->last = question;
}

static struct question *take_first(struct list *list)
{
    struct question *question = list->first;

    if (question != NULL)
        list->first = question->next;
    return question;
}

static void empty(struct list *list)
{
    struct question *question;

    while ((question = take_first(list)) != NULL)
        free(question);
}

int dns_open(struct dns **dns, const struct resolvers *resolvers, unsigned parallel)
{
    struct dns *d = calloc(1, sizeof *d);
    pthread_condattr_t by_monotonic;

    if (d == NULL)
        return -ENOMEM;
    pthread_condattr_init(&by_monotonic);
    pthread_condattr_setclock(&by_monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->work, NULL);
    pthread_cond_init(&d->answered, &by_monotonic);
    pthread_condattr_destroy(&by_monotonic);
    d->resolvers = *resolvers;
    /* Without descriptors glibc takes a resolver for dead. */
    d->parallel = descriptors_allow(parallel < DNS_PARALLEL_MAX ? parallel : DNS_PARALLEL_MAX);
    d->patience =
        TCP_MS + INT64_C(1000) * resolvers->timeout * resolvers->attempts * RESOLV_CONF_SERVERS_MAX;
    *dns = d;
    return 0;
}

static void free_dns(struct dns *dns)
{
    struct asker *asker;

    while ((asker = dns->askers) != NULL) {
        dns->askers = asker->next;
        stub_close(asker->stub);
        free(asker);
    }
    pthread_cond_destroy(&dns->answered);
    pthread_cond_destroy(&dns->work);
    pthread_mutex_destroy(&dns->lock);
    free(dns);
}

static struct question *wait_for_work(struct dns *dns)
{
    struct question *question = NULL;

    while (!dns->closed && (question = take_first(&dns->asked)) == NULL) {
        dns->idle++;
        pthread_cond_wait(&dns->work, &dns->lock);
        dns->idle--;
    }
    dns->waiting -= question != NULL;
    return question;
}

static void hand_over(struct dns *dns, struct question *question)
{
    if (question->round != dns->round) {
        free(question);
        return;
    }
    if (dns->done.first == NULL)
        pthread_cond_signal(&dns->answered);
    append(&dns->done, question);
}

static void *work(void *argument)
{
    struct asker *asker = argument;
    struct dns *dns = asker->dns;
    struct question *question;
    bool last;

    pthread_mutex_lock(&dns->lock);
    while ((question = wait_for_work(dns)) != NULL) {
        asker->until = clock_ms(CLOCK_MONOTONIC) + dns->patience;
        pthread_mutex_unlock(&dns->lock);
        stub_ask(asker->stub, question->name, question->octets, question->admission,
                 &question->answer);
        pthread_mutex_lock(&dns->lock);
        asker->until = 0;
        hand_over(dns, question);
    }
    dns->threads--;
    last = dns->threads == 0;
    pthread_mutex_unlock(&dns->lock);
    if (last)
        free_dns(dns);
    return NULL;
}

/* With the lock held. The questions are spread over the resolvers of the command line, which may be
 * more than glibc asks. */
static struct asker *add_asker(struct dns *dns)
{
    struct asker *asker = calloc(1, sizeof *asker);

    if (asker == NULL)
        return NULL;
    asker->dns = dns;
    asker->stub = stub_open(&dns->resolvers, dns->resolvers.given ? dns->threads : 0);
    if (asker->stub == NULL) {
        free(asker);
        return NULL;
    }
    asker->next = dns->askers;
    dns->askers = asker;
    return asker;
}

/* With the lock held. Signals are the main thread's. */
static int start_thread(struct dns *dns)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    pthread_t thread;
    struct asker *asker = add_asker(dns);
    int r;

    if (asker == NULL)
        return -ENOMEM;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_OCTETS);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(&thread, &attributes, work, asker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (r == 0) {
        dns->threads++;
    } else {
        dns->askers = asker->next;
        stub_close(asker->stub);
        free(asker);
    }
    return -r;
}

void dns_ask(struct dns *dns, const char *name, size_t octets, enum admission admission,
             dns_done *done, void *context)
{
    static const struct answer no_memory = {.finding = FINDING_FAILED, .why = "out of memory"};
    struct question *question = malloc(sizeof *question);
    bool taken = question != NULL;

    if (taken) {
        *question = (struct question){
            .done = done, .context = context, .octets = octets, .admission = admission};
        memcpy(question->name, name, strlen(name) + 1);
        pthread_mutex_lock(&dns->lock);
        question->round = dns->round;
        if (dns->waiting >= dns->idle && dns->threads < dns->parallel && start_thread(dns) != 0)
            taken = dns->threads > 0;
        if (taken) {
            append(&dns->asked, question);
            dns->waiting++;
            pthread_cond_signal(&dns->work);
        }
        pthread_mutex_unlock(&dns->lock);
    }
    if (!taken) {
        free(question);
        done(context, &no_memory);
    }
}

/* With the lock held. */
static void give_up_some(struct dns *dns)
{
    int64_t now = clock_ms(CLOCK_MONOTONIC);

    if (now - dns->looked < AGAIN_MS)
        return;
    dns->looked = now;
    for (struct asker *asker = dns->askers; asker != NULL; asker = asker->next)
        if (asker->until != 0 && asker->until <= now)
            stub_give_up(asker->stub);
}

void dns_wait(struct dns *dns, int milliseconds)
{
    struct question *question;
    struct timespec end;
    struct list done;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += milliseconds % 1000 * 1000000L;
    end.tv_sec += milliseconds / 1000 + end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    pthread_mutex_lock(&dns->lock);
    while (dns->done.first == NULL &&
           pthread_cond_timedwait(&dns->answered, &dns->lock, &end) != ETIMEDOUT)
        ;
    done = dns->done;
    dns->done = (struct list){NULL, NULL};
    give_up_some(dns);
    pthread_mutex_unlock(&dns->lock);
    while ((question = take_first(&done)) != NULL) {
        question->done(question->context, &question->answer);
        free(question);
    }
}

void dns_forget(struct dns *dns)
{
    pthread_mutex_lock(&dns->lock);
    dns->round++;
    empty(&dns->asked);
    empty(&dns->done);
    dns->waiting = 0;
    pthread_mutex_unlock(&dns->lock);
}

void dns_close(struct dns *dns)
{
    bool last;

    if (dns == NULL)
        return;
    dns_forget(dns);
    pthread_mutex_lock(&dns->lock);
    dns->closed = true;
    pthread_cond_broadcast(&dns->work);
    last = dns->threads == 0;
    pthread_mutex_unlock(&dns->lock);
    if (last)
        free_dns(dns);
}
