/* For the tests here: threads that read until they are told to stop, words that they share, and
 * files that change under them. */
#ifndef TESTS_READERS_H
#define TESTS_READERS_H

#include "tests/unit/scratch.h"
#include <err.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

enum { THREADS = 8, PATIENCE_S = 300 };

static pthread_t threads[THREADS];
static _Atomic unsigned stop;

/* All that a test itself shares is relaxed: it must not order what the module has to order. */
static inline unsigned get(_Atomic unsigned *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static inline void set(_Atomic unsigned *word, unsigned value)
{
    atomic_store_explicit(word, value, memory_order_relaxed);
}

/* `readers`: THREADS of so many octets, one for each. */
static inline void start_readers(void *(*read_on)(void *), void *readers, size_t octets)
{
    for (unsigned i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, read_on, (char *)readers + i * octets) != 0)
            errx(1, "pthread_create");
}

static inline void stop_readers(void)
{
    set(&stop, 1);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* Between two looks at what is waited for; `end` is 0 at the first. */
static inline void be_patient(time_t *end, const char *what)
{
    if (*end == 0)
        *end = time(NULL) + PATIENCE_S;
    if (time(NULL) > *end)
        errx(1, "waits for %s", what);
    sched_yield();
}

/* A file of this text takes the place of the last of that name. */
static inline void replace_file(const struct scratch *scratch, const char *name, const char *text)
{
    char path[PATH_MAX + 64];

    scratch_write(scratch, "replacement", text, strlen(text));
    snprintf(path, sizeof path, "%s/replacement", scratch->path);
    if (rename(path, scratch_path(scratch, name)) < 0)
        err(1, "%s", path);
}

#endif
