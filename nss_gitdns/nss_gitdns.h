/* The NSS module: `gitdns` and `gitdns_outage` in the hosts line of nsswitch.conf.
 *
 *   entry          the four functions that glibc calls, over one implementation
 *   gitdns, gitdns_outage   the two services, a shared object each
 *   lookup_gitdns  a look-up of gitdns, after DNS
 *   lookup_outage  a look-up of gitdns_outage, before DNS
 *   query          what is asked: a name in the store, into the caller's buffer
 *   answer         a record as glibc wants it, in the caller's buffer
 *   nss_status     what a service says: outcome -> status, errno, h_errno
 *   cache          the store, mapped once for all threads, replaced when the file is
 *   board_map      whether an outage is known: the daemon's board, mapped
 *   short_name     a name without a dot, in the domains of resolv.conf
 *   report         a name for which DNS has failed, to the daemon
 *   position       whether DNS is asked before us, from the hosts line
 *   root           whether the process has another root folder now
 *   signals        handlers, kept out
 *   tick           once a second
 *
 * Nobody may enter: glibc loads it. It knows base, registry, copy, and of hosts_line the grammar.
 *
 * It runs in every process that asks for a name, so: no abort, log, environment, network, write,
 * allocation or lock; nothing that a fork, a cancelled thread or a longjmp at any moment can
 * leave in a state that harms. A steady look-up makes no system call; once a second one thread pays
 * for a stat call for each registry and two more, or three in gitdns_outage; a name without a dot,
 * where DNS has failed, for the reading of resolv.conf. One thing is sent: a datagram to the daemon
 * of this machine, at most once a second, in a look-up in which DNS has failed already, or has
 * denied a name for which that is doubted.
 */
#ifndef GITDNS_NSS_GITDNS_NSS_GITDNS_H
#define GITDNS_NSS_GITDNS_NSS_GITDNS_H

#endif
