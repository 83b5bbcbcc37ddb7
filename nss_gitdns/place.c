#include "nss_gitdns/place.h"
#include "nss_gitdns/hosts_line.h"
#include "registry/store_read.h"
#include <errno.h>
#include <netdb.h>
#include <sys/stat.h>

void place_refresh(struct place *place)
{
    struct hosts_line line;
    struct stat st;
    uint64_t stamp;
    int r;

    if (stat(place->path, &st) < 0)
        return;
    stamp = file_stamp(&st);
    if (stamp == atomic_load_explicit(&place->seen, memory_order_relaxed))
        return;
    r = hosts_line_read(place->path, &line);
    if (r < -1)
        return; /* not the line's fault: out of descriptors, say; the next second tries again */
    atomic_store_explicit(&place->free,
                          r == 0 && hosts_line_find(&line, "gitdns") >= 0 &&
                              !hosts_line_after_dns(&line),
                          memory_order_relaxed);
    atomic_store_explicit(&place->seen, stamp, memory_order_relaxed);
}

bool place_may_answer(struct place *place, int standing, int error)
{
    bool failed = standing == TRY_AGAIN || standing == NETDB_INTERNAL;

    return (failed && error != EBUSY) || standing == NETDB_SUCCESS ||
           atomic_load_explicit(&place->free, memory_order_relaxed);
}

bool place_saw_failure(struct place *place, int standing, int error)
{
    return ((standing == TRY_AGAIN && error != EBUSY) || standing == NETDB_SUCCESS) &&
           !atomic_load_explicit(&place->free, memory_order_relaxed);
}
