/* forks: 200 children of a process with 8 threads that look up all the time, while somebody else
 * replaces the store. Every child must find an answer each time, see two newer stores, and
 * keep no older one mapped: the threads that used it, or were mapping it, are not there.
 */
#include "entry.h"
#include <err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8
#define FORKS 200
#define BETWEEN_FORKS_US 15000
#define POLL_US 20000
#define POLLS 3000
#define NAME "version.example.net"

enum fault { FINE, NO_ANSWER, NO_NEW_STORE, OLD_MAPPING, FAULTS };

static struct entry entry;
static atomic_bool done;
static atomic_ulong look_ups, misses;

static void *look_up_all_the_time(void *unused)
{
    while (!atomic_load(&done)) {
        if (entry_look_up(&entry, NAME) == 0)
            atomic_fetch_add(&misses, 1);
        atomic_fetch_add(&look_ups, 1);
    }
    return unused;
}

/* Waits until the store's version has changed twice. */
static enum fault follow(void)
{
    uint32_t last = entry_look_up(&entry, NAME);
    unsigned changes = 0;

    if (last == 0)
        return NO_ANSWER;
    for (unsigned i = 0; i < POLLS && changes < 2; i++) {
        uint32_t version = entry_look_up(&entry, NAME);

        if (version == 0)
            return NO_ANSWER;
        changes += version > last;
        last = version;
        usleep(POLL_US);
    }
    if (changes < 2)
        return NO_NEW_STORE;
    return mappings_of("registry.cdb") > 1 ? OLD_MAPPING : FINE;
}

int main(void)
{
    pthread_t threads[THREADS];
    unsigned faults[FAULTS] = {0};
    int status;

    entry_open(&entry);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, look_up_all_the_time, NULL) != 0)
            errx(1, "pthread_create");
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();

        if (child < 0)
            err(1, "fork");
        if (child == 0)
            _exit((int)follow());
        usleep(BETWEEN_FORKS_US);
    }
    for (int i = 0; i < FORKS; i++) {
        if (wait(&status) < 0)
            err(1, "wait");
        if (!WIFEXITED(status) || WEXITSTATUS(status) >= FAULTS)
            errx(1, "a child ended with status %#x", (unsigned)status);
        faults[WEXITSTATUS(status)]++;
    }
    atomic_store(&done, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    faults[follow()]++;
    printf("%d forks: %u without an answer, %u without new stores, %u with an old one mapped; "
           "%lu look-ups by the threads, %lu without an answer\n",
           FORKS, faults[NO_ANSWER], faults[NO_NEW_STORE], faults[OLD_MAPPING],
           atomic_load(&look_ups), atomic_load(&misses));
    return faults[FINE] == FORKS + 1 && atomic_load(&misses) == 0 ? 0 : 1;
}
