/* steady SECONDS [pass|unfit]: at least 100,000 look-ups, and so many as fit in SECONDS, by direct
 * calls. With `pass` the service must pass all of them on; with `unfit` 99 of 100 are of text that
 * is no name.
 *
 * Between two getppid calls, which no one else makes, for strace to see where they start and end.
 * Prints how many look-ups there were and how often memory was asked for meanwhile. */
#include "entry.h"
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LOOK_UPS_MIN 100000
#define BETWEEN_CLOCKS 1000

static unsigned long allocations;

/* glibc's own names of its allocator, which a program may put its own in front of. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    allocations++;
    return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    allocations++;
    return __libc_realloc(old, size);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* A hit for an alias, a hit by gethostbyname4_r, a miss, and an unfit name. */
static void look_up_some(const struct entry *entry)
{
    struct hostent host;
    struct gaih_addrtuple *tuples = NULL;
    char buffer[1024];
    int error = 0, h_error = TRY_AGAIN;

    if (entry->gethostbyname2("alias.example.net", AF_INET6, &host, buffer, sizeof buffer, &error,
                              &h_error) != NSS_STATUS_SUCCESS)
        errx(1, "no hit");
    h_error = TRY_AGAIN;
    if (entry->gethostbyname4("both.example.net", &tuples, buffer, sizeof buffer, &error, &h_error,
                              NULL) != NSS_STATUS_SUCCESS)
        errx(1, "no hit");
    if (entry_look_up(entry, "unknown.example.net") != 0 || entry_look_up(entry, "..") != 0)
        errx(1, "a hit");
}

static void pass_some_on(const struct entry *entry)
{
    struct gaih_addrtuple *tuples = NULL;
    char buffer[1024];
    int error = 0, h_error = TRY_AGAIN;

    if (entry->gethostbyname4("both.example.net", &tuples, buffer, sizeof buffer, &error, &h_error,
                              NULL) != NSS_STATUS_UNAVAIL ||
        h_error != HOST_NOT_FOUND)
        errx(1, "not passed on");
    for (int i = 0; i < 3; i++)
        if (entry_look_up(entry, "v4.example.net") != 0)
            errx(1, "a hit");
}

static void look_up_unfit(const struct entry *entry)
{
    for (int i = 0; i < 100; i++)
        if (entry_look_up(entry, i == 0 ? "unknown.example.net" : "..") != 0)
            errx(1, "a hit");
}

int main(int argc, char **argv)
{
    const char *mode = argc > 2 ? argv[2] : "";
    bool is_unfit = strcmp(mode, "unfit") == 0;
    void (*some)(const struct entry *) = is_unfit                    ? look_up_unfit
                                         : strcmp(mode, "pass") == 0 ? pass_some_on
                                                                     : look_up_some;
    int step = is_unfit ? 100 : 4;
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 0, start;
    unsigned long look_ups = 0, before;
    struct entry entry;

    entry_open(&entry);
    some(&entry);
    start = now();
    before = allocations;
    syscall(SYS_getppid);
    while (look_ups < LOOK_UPS_MIN || now() - start < seconds) {
        for (int i = 0; i < BETWEEN_CLOCKS; i += step)
            some(&entry);
        look_ups += BETWEEN_CLOCKS;
    }
    syscall(SYS_getppid);
    printf("%lu look-ups, %lu allocations\n", look_ups, allocations - before);
    return 0;
}
