#include "base/cutoff.h"
#include "base/clock.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

struct watched {
    int socket;
    bool *shut;
};

struct cutoff {
    cutoff_judge *judge;
    void *user;
    pthread_t thread;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t wake;
    bool idle; /* the thread waits for a call */
    bool ends;
    int64_t begun; /* the call under way; 0: none */
    struct watched *watched;
    size_t count, room;
};

static void shut_some(struct cutoff *cutoff)
{
    for (size_t i = 0; i < cutoff->count; i++) {
        const struct watched *one = &cutoff->watched[i];

        if (cutoff->judge(cutoff->user, one->socket)) {
            *one->shut = true;
            /* Both ways: what still comes is then answered with a reset. */
            shutdown(one->socket, SHUT_RDWR);
        }
    }
}

static void wait_a_call(struct cutoff *cutoff)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += CUTOFF_CALL_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    pthread_cond_timedwait(&cutoff->wake, &cutoff->lock, &until);
}

static void *run(void *user)
{
    struct cutoff *cutoff = user;

    pthread_mutex_lock(&cutoff->lock);
    while (!cutoff->ends) {
        if (cutoff->begun == 0) {
            cutoff->idle = true;
            pthread_cond_wait(&cutoff->wake, &cutoff->lock);
            cutoff->idle = false;
            continue;
        }
        wait_a_call(cutoff);
        if (cutoff->begun != 0 && clock_ms(CLOCK_MONOTONIC) - cutoff->begun >= CUTOFF_CALL_MS)
            shut_some(cutoff);
    }
    pthread_mutex_unlock(&cutoff->lock);
    return NULL;
}

/* Signals are the other threads'. */
static int start(struct cutoff *cutoff)
{
    sigset_t all, before;
    int r;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(&cutoff->thread, NULL, run, cutoff);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -r;
}

int cutoff_open(struct cutoff **cutoff, cutoff_judge *judge, void *user)
{
    struct cutoff *c = calloc(1, sizeof *c);
    pthread_condattr_t attributes;
    int r;

    if (c == NULL)
        return -ENOMEM;
    c->judge = judge;
    c->user = user;
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&c->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    r = start(c);
    if (r < 0) {
        pthread_cond_destroy(&c->wake);
        pthread_mutex_destroy(&c->lock);
        free(c);
        return r;
    }
    *cutoff = c;
    return 0;
}

void cutoff_close(struct cutoff *cutoff)
{
    if (cutoff == NULL)
        return;
    pthread_mutex_lock(&cutoff->lock);
    cutoff->ends = true;
    pthread_cond_signal(&cutoff->wake);
    pthread_mutex_unlock(&cutoff->lock);
    pthread_join(cutoff->thread, NULL);
    pthread_cond_destroy(&cutoff->wake);
    pthread_mutex_destroy(&cutoff->lock);
    free(cutoff->watched);
    free(cutoff);
}

void cutoff_begin(struct cutoff *cutoff)
{
    if (cutoff == NULL)
        return;
    pthread_mutex_lock(&cutoff->lock);
    cutoff->begun = clock_ms(CLOCK_MONOTONIC);
    if (cutoff->idle)
        pthread_cond_signal(&cutoff->wake);
    pthread_mutex_unlock(&cutoff->lock);
}

void cutoff_end(struct cutoff *cutoff)
{
    if (cutoff == NULL)
        return;
    pthread_mutex_lock(&cutoff->lock);
    cutoff->begun = 0;
    pthread_mutex_unlock(&cutoff->lock);
}

int cutoff_add(struct cutoff *cutoff, int socket, bool *shut)
{
    int r = 0;

    if (cutoff == NULL)
        return 0;
    pthread_mutex_lock(&cutoff->lock);
    if (cutoff->count == cutoff->room) {
        size_t room = cutoff->room + cutoff->room / 2 + 4;
        struct watched *more = reallocarray(cutoff->watched, room, sizeof *more);

        if (more == NULL) {
            r = -ENOMEM;
        } else {
            cutoff->watched = more;
            cutoff->room = room;
        }
    }
    if (r == 0)
        cutoff->watched[cutoff->count++] = (struct watched){socket, shut};
    pthread_mutex_unlock(&cutoff->lock);
    return r;
}

void cutoff_remove(struct cutoff *cutoff, int socket)
{
    if (cutoff == NULL)
        return;
    pthread_mutex_lock(&cutoff->lock);
    for (size_t i = 0; i < cutoff->count; i++)
        if (cutoff->watched[i].socket == socket) {
            cutoff->watched[i] = cutoff->watched[--cutoff->count];
            break;
        }
    pthread_mutex_unlock(&cutoff->lock);
}
