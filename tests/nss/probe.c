/* probe [-p] [-x] [-e ERRNO] [-a ADDRESS]... NAME...
 * probe -i [-g]
 *
 * Makes every look-up call of glibc for each NAME and ADDRESS and prints one line a call:
 * name, call, result, with tabs between. A result is what an application can see: return
 * code, errno where the call defines it, h_errno, or all of the answer.
 *
 *   -p  all calls at once, a thread each, since silence costs seconds a call
 *   -x  looks the first name up once, then takes every descriptor that is left
 *   -i  reads names from standard input; an empty line follows each one's results
 *   -e  what errno is before each call; 0 without it
 *   -g  only getaddrinfo for the three families, without flags
 */
#include "probe.h"
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define STACK_OCTETS (1 << 20)
#define ADDRESSES_ASKED_MAX 16

struct task {
    const char *name;
    const struct call *call;
    pthread_t thread;
    char result[RESULT_MAX];
};

static void *run(void *argument)
{
    struct task *task = argument;

    call_make(task->call, task->name, task->result);
    return NULL;
}

static void run_all(struct task *tasks, size_t n, bool parallel)
{
    pthread_attr_t attr;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_OCTETS);
    for (size_t i = 0; i < n; i++) {
        if (!parallel)
            run(&tasks[i]);
        else if (pthread_create(&tasks[i].thread, &attr, run, &tasks[i]) != 0)
            errx(1, "too many threads");
    }
    for (size_t i = 0; i < n; i++) {
        if (parallel)
            pthread_join(tasks[i].thread, NULL);
        printf("%s\t%s\t%s\n", tasks[i].name, tasks[i].call->label, tasks[i].result);
    }
}

static size_t number_of(const struct call *calls)
{
    size_t n = 0;

    while (calls[n].label != NULL)
        n++;
    return n;
}

/* The first `kinds` of the calls for every one of the names. */
static void probe(const struct call *calls, size_t kinds, char **names, size_t n, bool parallel)
{
    size_t count = 0;
    struct task *tasks;

    tasks = calloc(n * kinds + 1, sizeof *tasks);
    if (tasks == NULL)
        err(1, "calloc");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < kinds; k++)
            tasks[count++] = (struct task){.name = names[i], .call = &calls[k]};
    run_all(tasks, count, parallel);
    free(tasks);
}

static void converse(size_t kinds)
{
    char line[4096];

    while (fgets(line, sizeof line, stdin) != NULL) {
        char *name = line;

        line[strcspn(line, "\n")] = '\0';
        probe(calls_by_name, kinds, &name, 1, false);
        putchar('\n');
        fflush(stdout);
    }
}

/* The look-up before loads the modules, which takes descriptors. */
static void exhaust_descriptors(const char *name)
{
    static const struct rlimit few = {256, 256};
    char result[RESULT_MAX];

    for (const struct call *call = calls_by_name; call->label != NULL; call++)
        call_make(call, name, result);
    if (setrlimit(RLIMIT_NOFILE, &few) != 0)
        err(1, "setrlimit");
    while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
        ;
}

int main(int argc, char **argv)
{
    char *addresses[ADDRESSES_ASKED_MAX];
    size_t n = 0;
    size_t kinds = number_of(calls_by_name);
    bool parallel = false, exhaust = false, interactive = false;
    int option;

    while ((option = getopt(argc, argv, "pxige:a:")) != -1) {
        if (option == 'p')
            parallel = true;
        else if (option == 'g')
            kinds = PLAIN_GETADDRINFO;
        else if (option == 'e')
            call_errno = atoi(optarg);
        else if (option == 'x')
            exhaust = true;
        else if (option == 'a' && n < ADDRESSES_ASKED_MAX)
            addresses[n++] = optarg;
        else if (option == 'i')
            interactive = true;
        else
            return 2;
    }
    if (interactive) {
        converse(kinds);
        return 0;
    }
    if (exhaust && optind < argc)
        exhaust_descriptors(argv[optind]);
    probe(calls_by_name, kinds, argv + optind, (size_t)(argc - optind), parallel);
    probe(calls_by_address, number_of(calls_by_address), addresses, n, parallel);
    return ferror(stdout) || fflush(stdout) != 0;
}
