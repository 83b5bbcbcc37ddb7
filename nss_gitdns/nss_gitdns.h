/* The NSS module: `gitdns` and `gitdns_outage` in the hosts line of nsswitch.conf.
 *
 *   gitdns, gitdns_outage   the two services, a shared object each
 *   entry        the four functions that glibc calls, over one implementation
 *   lookup       a look-up of gitdns, after DNS
 *   outage       a look-up of gitdns_outage, before DNS
 *   copy         a name in the store, into the caller's buffer
 *   answer       a record as glibc wants it, in the caller's buffer
 *   verdict      what a service says: outcome -> status, errno, h_errno
 *   cache        the store, mapped once for all threads, replaced when the file is
 *   gate         whether an outage is known: the daemon's board, mapped
 *   report       a name for which DNS has failed, to the daemon
 *   place        whether DNS is asked before us, from the hosts line
 *   hosts_line   the grammar of that line
 *   root         whether the process has another root folder now
 *   signals      handlers, kept out
 *   tick         once a second
 *
 * It runs in every process that asks for a name, so: no abort, log, environment, network, write,
 * allocation or lock; nothing that a fork, a cancelled thread or a longjmp at any moment can
 * leave in a state that harms. A steady look-up makes no system call; once a second one thread pays
 * for two stat calls, or three in gitdns_outage. One thing is sent: a datagram to the daemon of
 * this machine, at most once a second, in a look-up in which DNS has failed already.
 */
#ifndef GITDNS_NSS_GITDNS_NSS_GITDNS_H
#define GITDNS_NSS_GITDNS_NSS_GITDNS_H

#include <netdb.h>
#include <nss.h>
#include <stddef.h>
#include <stdint.h>

enum outcome {
    OUTCOME_HIT,
    OUTCOME_TOO_SMALL, /* the caller's buffer */
    OUTCOME_NO_FAMILY, /* the name is there, but no address of the family that was asked for */
    OUTCOME_PASS,      /* all else */
};

/* What gitdns says. As if it were not in the line, whatever stood before it; for a hit, success.
 * On glibc 2.36 and 2.41 any other verdict of a last service changes what the application sees. */
enum nss_status verdict(enum outcome outcome, int *errnop, int *h_errnop);

/* What gitdns_outage says, which has `dns` behind it: a hit, or to go on. Of a known name without
 * that family it says `try again`, with which `[TRYAGAIN=return]` ends the look-up. */
enum nss_status outage_verdict(enum outcome outcome, int *errnop, int *h_errnop);

/* Its verdict on OUTCOME_PASS, in the caller's own code. */
static inline enum nss_status outage_pass(int *h_errnop)
{
    /* glibc gives up on an h_errno of -1 that an earlier look-up has left. */
    *h_errnop = HOST_NOT_FOUND;
    return NSS_STATUS_UNAVAIL;
}

#endif
