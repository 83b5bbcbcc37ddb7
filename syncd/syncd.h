/* gitdns-syncd: keeps the store in step with a published registry.
 *
 *   syncd_main     options
 *   daemon         rounds when they are due, systemd
 *   folders        what the configuration makes of the folder of the copy
 *   take_over      a registry that moves from one folder to another
 *   rounds         those of all registries, each in a thread of its own
 *   round_told     what is said of them
 *   service_manager  what systemd is told
 *   signal_fd      signals, as a descriptor to wait for
 *   schedule       when the next round is due: arithmetic alone
 *   round          one round: from the mirrors' HEADs to the new store in its place
 *   round_record   what it leaves for those to come
 *   acceptance     whether an offer may take the place of the store in hand
 *   withheld       whether the configuration lets a store of before answer
 *   install        what is offered into a store that is kept
 *   download       a payload, resumed, its size and hash checked before anyone reads it
 *   ingest         a payload read into a new store
 *
 * It knows base, notice, fetch, mirror, registry and copy, and outage by watcher.h alone. Nobody
 * enters.
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

#include "fetch/fetch.h"

/* Exit statuses of gitdns-syncd. */
#define EXIT_FAILED 1
#define EXIT_USAGE 2

/* How a step of a round can end. */
enum sync_result {
    SYNC_OK = 0,
    SYNC_REFUSED = -1, /* by this mirror or of what it offers; the next one may do */
    SYNC_FAILED = -2,  /* on this machine: no mirror can help */
    SYNC_STOPPED = -3, /* by a signal */
};

/* What a transfer from a mirror means for the round. */
enum sync_result sync_result(enum fetch_result result);

#endif
