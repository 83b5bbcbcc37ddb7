/* Whether DNS is out: a thread of the daemon that reads reports, asks DNS itself and writes the
 * board (copy/board.h).
 *
 *   watcher      the thread: waits, reads, asks, writes
 *   watch        what it makes of what it hears
 *   gate         what may be out: a name, a domain, everything
 *   gates        all of them: suspected, out, back
 *   suspects     what becomes suspected, and by whose word
 *   questions    how often and how many: which of them is asked about next, and when
 *   outage_log   what the log says of them
 *   forced       what an administrator has decided instead
 *   asked_names  which names are asked about a gate
 *   copy_names   whether the copy holds a name
 *   asker        asks about what is due, and gives the answers to the gates
 *   periodic_probe  a question that nobody has asked for, each so often
 *   prober       questions to the machine's nameservers
 *   probe        one of them: the names, to whom, and what they say
 *   channel      the sockets of one to one nameserver
 *   dns_message  a query and what counts as its answer, as glibc has it
 *   probe_failure  why one gave no answer
 *   nameservers  which these are, and whether they are within reach
 *   reports      what processes say of look-ups that have failed
 *   discard      what comes along with that, out of the way
 *   run_folder   the folder in which the daemon and every process meet
 *   denials      the wrong no: names that DNS denies and the copy answers
 *   denial_watch      a thread that finds out which these are
 *   denial_question   by what DNS says,
 *   denial_proof      by addresses that are proven,
 *   serial_history      and by how long a name has stood
 *   public_record  what may be told to anybody
 *   missed       what was asked for in vain and is in no copy, for lists of names
 *   names_file   what is out, for root and for the next daemon
 *   interrupt_timer   cuts short what others could make wait
 *
 * May enter: syncd, by watcher.h. It knows base, notice, registry, copy and proof.
 */
#ifndef GITDNS_OUTAGE_OUTAGE_H
#define GITDNS_OUTAGE_OUTAGE_H

#endif
