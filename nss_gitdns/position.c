#include "nss_gitdns/position.h"
#include "base/stamp.h"
#include "copy/store_read.h"
#include "hosts_line/grammar.h"
#include "nss_gitdns/root.h"
#include "nss_gitdns/signals.h"
#include <errno.h>
#include <netdb.h>
#include <resolv.h>
#include <sys/stat.h>

static void look(struct position *position, uint64_t before, uint64_t stamp)
{
    struct hosts_place place;
    sigset_t saved;
    int r;

    signals_block(&saved);
    r = hosts_place_read(position->path, &place);
    pthread_sigmask(SIG_SETMASK, &saved, NULL);
    if (r < -1)
        return; /* not the line's fault: out of descriptors, say; the next second tries again */
    atomic_store(&position->free, r == 0 && place.gitdns >= 0 && !place.after_dns);
    atomic_store(&position->behind_dns, r == 0 && place.behind_dns);
    atomic_store(&position->first, r == 0 && place.gitdns == 0);
    /* Where two do this at once, which of the lines is known is not: look again. */
    if (!atomic_compare_exchange_strong(&position->seen, &before, stamp))
        atomic_store(&position->seen, 0);
}

void position_refresh(struct position *position)
{
    uint64_t before = atomic_load(&position->seen), stamp;
    struct stat st;

    if (stat(position->path, &st) < 0)
        return;
    stamp = file_stamp(&st);
    if (stamp != before && !root_has_changed())
        look(position, before, stamp);
}

bool position_is_first(struct position *position)
{
    return atomic_load_explicit(&position->first, memory_order_relaxed);
}

bool position_error_is_stale(struct position *position, int standing, int error)
{
    /* `dns` is a part of glibc: what is not installed stands before it, and it has spoken since. */
    if (error == EBUSY)
        return atomic_load_explicit(&position->behind_dns, memory_order_relaxed);
    /* Where there was an answer that `dns` could not parse, glibc's resolver had no objection. */
    return error == EMSGSIZE && standing == NO_RECOVERY && _res.res_h_errno == NO_RECOVERY;
}

bool position_may_answer(struct position *position, int standing, int error)
{
    bool failed = standing == TRY_AGAIN || standing == NETDB_INTERNAL;

    return (failed && error != EBUSY) || standing == NETDB_SUCCESS ||
           atomic_load_explicit(&position->free, memory_order_relaxed);
}

bool position_saw_failure(struct position *position, int standing, int error)
{
    return ((standing == TRY_AGAIN && error != EBUSY) || standing == NETDB_SUCCESS) &&
           !atomic_load_explicit(&position->free, memory_order_relaxed);
}

bool position_saw_denial(struct position *position, int standing)
{
    return (standing == HOST_NOT_FOUND || standing == NO_DATA) &&
           !atomic_load_explicit(&position->free, memory_order_relaxed);
}
