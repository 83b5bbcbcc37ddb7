/* stack NAME: how many octets of its own the caller of a look-up may have on a thread whose whole
 * stack is 16 KiB, at the process's first look-up and at a later one. Prints both; 0: even none. */
#include <alloca.h>
#include <err.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_OCTETS 16384
/* How exactly it is measured. */
#define STEP 16

struct trial {
    const char *name;
    size_t octets;
};

static void look_up(const char *name)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;

    if (getaddrinfo(name, NULL, &hints, &found) == 0)
        freeaddrinfo(found);
}

static void *look_up_below(void *arg)
{
    const struct trial *trial = arg;
    volatile char *own = alloca(trial->octets + 1);

    /* From the top down, as a stack grows: it meets the guard page and nothing behind it. */
    for (size_t i = trial->octets + 1; i-- > 0;)
        own[i] = 1;
    look_up(trial->name);
    return NULL;
}

static void run(struct trial *trial)
{
    size_t guard = (size_t)sysconf(_SC_PAGESIZE);
    char *low = mmap(NULL, guard + STACK_OCTETS, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    pthread_attr_t attributes;
    pthread_t thread;

    if (low == MAP_FAILED || mprotect(low, guard, PROT_NONE) < 0)
        err(2, "a stack");
    pthread_attr_init(&attributes);
    if (pthread_attr_setstack(&attributes, low + guard, STACK_OCTETS) != 0 ||
        pthread_create(&thread, &attributes, look_up_below, trial) != 0)
        errx(2, "a thread");
    pthread_join(thread, NULL);
}

/* Each in a process of its own, that has looked up nothing yet. */
static bool survives(struct trial *trial, bool later)
{
    int status;
    pid_t child = fork();

    if (child < 0)
        err(2, "fork");
    if (child == 0) {
        if (later)
            look_up(trial->name);
        run(trial);
        _exit(0);
    }
    if (waitpid(child, &status, 0) < 0)
        err(2, "waitpid");
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        exit(WEXITSTATUS(status));
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGSEGV)
        errx(2, "signal %d", WTERMSIG(status));
    return WIFEXITED(status);
}

static size_t most(const char *name, bool later)
{
    size_t good = 0, bad = STACK_OCTETS / STEP;

    while (bad - good > 1) {
        size_t middle = (good + bad) / 2;
        struct trial trial = {name, middle * STEP};

        if (survives(&trial, later))
            good = middle;
        else
            bad = middle;
    }
    return good * STEP;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        errx(2, "usage: stack NAME");
    printf("%zu %zu\n", most(argv[1], false), most(argv[1], true));
    return 0;
}
