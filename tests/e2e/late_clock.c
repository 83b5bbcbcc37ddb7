/* To be preloaded: CLOCK_BOOTTIME is ahead by a second for each octet of the file $LATE_CLOCK. */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int (*next)(clockid_t, struct timespec *);
    const char *path = getenv("LATE_CLOCK");
    struct stat late;
    int r;

    if (next == NULL)
        next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    r = next(clock, now);
    if (r == 0 && clock == CLOCK_BOOTTIME && path != NULL && stat(path, &late) == 0)
        now->tv_sec += late.st_size;
    return r;
}
