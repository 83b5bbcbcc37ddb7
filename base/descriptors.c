#include "base/descriptors.h"
#include <sys/resource.h>

/* What is open beside them. */
#define OTHERS 64

unsigned descriptors_allow(unsigned parallel)
{
    struct rlimit limit;
    rlim_t wanted = parallel + OTHERS;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
        return parallel;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= wanted)
        return parallel;
    return limit.rlim_cur > OTHERS + 1 ? (unsigned)limit.rlim_cur - OTHERS : 1;
}
