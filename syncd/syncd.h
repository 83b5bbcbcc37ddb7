/* gitdns-syncd: keeps the store in step with a published registry.
 *
 *   message    one bounded, printable line of text
 *   config     gitdns.conf
 *   state      what the rounds so far came to, kept beside the store
 *   cooldown   how long a mirror that failed or lied is left alone
 *   schedule   when the next round is due: arithmetic alone
 *   fetch      one bounded transfer
 *   mirror     what one mirror offers: HEAD, manifest, signature
 *   hand       the store in hand: the newest one that counts
 *   judge      whether an offer may take the place of the store in hand
 *   download   a payload, resumed, its size and hash checked before anyone reads it
 *   ingest     a payload read into a new store
 *   install    what is offered into a store that is kept
 *   round      one round: from the mirrors' HEADs to the new store in its place
 *   round_prepare   what is there when it begins
 *   round_end   its lines, and when the next one is due
 *   daemon     rounds when they are due, signals, systemd
 *   watcher    a thread beside the rounds: watches for outages of DNS
 *   place      the folder in which the daemon and every process meet
 *   gates      what is suspected and what is out: when to ask, what to put on the board
 *   gates_suspect  what becomes suspected
 *   gates_turn   which of them is asked about next
 *   gates_domain   which domain one lies in
 *   gates_tell   what the log says of them
 *   witness    what is asked beside a domain or the root
 *   remembered   what is out, for the next daemon
 *   prober     questions to the machine's nameservers
 *   nameservers  which these are, from resolv.conf
 *   known      whether the copy holds a name
 *   reports    what processes say of look-ups that have failed
 *   hurry      cuts short what others could make wait
 *
 * A round holds the folder's lock and ends as updated, up to date, failed or stopped. An offer is
 * refused for a signature by no configured key, another registry's name, a serial lower than
 * the one in hand, the same serial with another manifest, an expired manifest, a text that is too
 * large, a payload of wrong size or hash, and a text that text_parse refuses. A mirror that fails
 * in any way is followed by the next one, and left alone for a while.
 *
 * What a failed round leaves behind: the store as it was, octet by octet; the state file with the
 * cause; and, if a transfer broke off, `HASH.part`, which the next round resumes or removes.
 */
#ifndef GITDNS_SYNCD_SYNCD_H
#define GITDNS_SYNCD_SYNCD_H

/* How a step of a round can end. */
enum sync_result {
    SYNC_OK = 0,
    SYNC_REFUSED = -1, /* by this mirror or of what it offers; the next one may do */
    SYNC_FAILED = -2,  /* on this machine: no mirror can help */
    SYNC_STOPPED = -3, /* by a signal */
};

#endif
