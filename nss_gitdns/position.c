#include "nss_gitdns/position.h"
#include "base/stamp.h"
#include "copy/store_read.h"
#include "hosts_line/grammar.h"
#include "nss_gitdns/root.h"
#include "nss_gitdns/signals.h"
#include <errno.h>
#include <netdb.h>
#include <sys/stat.h>

static void look(struct place *place, uint64_t before, uint64_t stamp)
{
    struct hosts_line line;
    sigset_t saved;
    int r, at;

    signals_block(&saved);
    r = hosts_line_read(place->path, &line);
    pthread_sigmask(SIG_SETMASK, &saved, NULL);
    if (r < -1)
        return; /* not the line's fault: out of descriptors, say; the next second tries again */
    at = r == 0 ? hosts_line_find(&line, "gitdns") : -1;
    atomic_store(&place->free, at >= 0 && !hosts_line_after_dns(&line));
    atomic_store(&place->first, at == 0);
    /* Where two do this at once, which of the lines is known is not: look again. */
    if (!atomic_compare_exchange_strong(&place->seen, &before, stamp))
        atomic_store(&place->seen, 0);
}

void place_refresh(struct place *place)
{
    uint64_t before = atomic_load(&place->seen), stamp;
    struct stat st;

    if (stat(place->path, &st) < 0)
        return;
    stamp = file_stamp(&st);
    if (stamp != before && !root_has_changed())
        look(place, before, stamp);
}

bool place_is_first(struct place *place)
{
    return atomic_load_explicit(&place->first, memory_order_relaxed);
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
