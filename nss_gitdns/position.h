/* Whether DNS is asked before us. The h_errno that stands on entry does not tell: a miss in `files`
 * leaves the HOST_NOT_FOUND that an NXDOMAIN leaves. */
#ifndef GITDNS_NSS_GITDNS_POSITION_H
#define GITDNS_NSS_GITDNS_POSITION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct position {
    const char *path;      /* of nsswitch.conf */
    _Atomic uint64_t seen; /* file_stamp of what was read; 0: nothing yet */
    atomic_bool free;      /* no service asks DNS before us */
    atomic_bool behind_dns;
    atomic_bool first; /* nor is any asked at all: what stands is of an earlier look-up */
};

/* Reads the hosts line again if the file has changed. Any number of threads at once. */
void position_refresh(struct position *position);

/* Whether we are asked before all others. */
bool position_is_first(struct position *position);

/* Whether the errno that stood on entry is older than this look-up, as far as it decides anything:
 * glibc clears it nowhere, and `dns` puts the caller's back. */
bool position_error_is_stale(struct position *position, int standing, int error);

/* Whether the module may answer where `standing` and `error` are the h_errno and errno that stood
 * on entry: after DNS only if DNS has failed (TRY_AGAIN, or NETDB_INTERNAL when descriptors ran
 * out; nscd clears it to 0). EBUSY is glibc's mark of a service that is not installed, which says
 * nothing of DNS. */
bool position_may_answer(struct position *position, int standing, int error);

/* Whether DNS stands before us and has failed. Under nscd it may not have: a hint, no more. */
bool position_saw_failure(struct position *position, int standing, int error);

/* Whether DNS stands before us and may have said that there is no such name, or no such address. A
 * hint, no more. */
bool position_saw_denial(struct position *position, int standing);

#endif
