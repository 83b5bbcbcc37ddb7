/* What was proven when: the publisher's memory of proofs, beside that of what was seen (seen.h).
 * `proven.gz` holds
 *
 *   gitdns proven 1 HOUR
 *   NAME ADDRESS/PROVEN/TRIED/KNOWN/FAILS ...
 *   end NAMES
 *
 * HOUR: hours since 1970. PROVEN, TRIED: how many hours before that the address was last proven and
 * last tried, `-`: never; KNOWN: before which DNS last gave it, --hold held it, or it was taken
 * from a sibling; FAILS: how often in a row it has failed since, 9 stands for more. A pair that was
 * tried for the first time may stand there as if that was up to six days before.
 *
 * It is replaced as soon as all has been tried, whatever becomes of the run: what was found stays
 * true. */
#ifndef GITDNS_PUBLISH_PROVEN_FILE_H
#define GITDNS_PUBLISH_PROVEN_FILE_H

#include "publish/pairs.h"
#include "publish/problem.h"
#include "publish/records.h"
#include "publish/state_folder.h"
#include "registry/admission.h"

#define PROVEN_FILE "proven.gz"

/* Whether the name of that id is one whose addresses are proven. */
typedef bool proven_wanted(const void *user, uint32_t id);

/* Adds what is known to `pairs`, as it is at `now`, of names that are in `records` and wanted.
 * Addresses that are not admitted, by what is `usual` or by the name, are left out, and what DNS
 * denies, but for what was proven of a name that it denies as a whole (proven.h). Returns 0 (also
 * if there is no file), E_STATE_DAMAGED, E_STOPPED, -ENOMEM, E_FILE_OTHERS or -errno. */
int proven_file_load(const struct state_folder *folder, const struct records *records,
                     enum admission usual, proven_wanted *wanted, const void *user, int64_t now,
                     struct pairs *pairs, struct problem *problem);

/* Replaces the file by those of the sorted pairs that are kept (proven.h). Returns 0, -ENOMEM,
 * E_STOPPED or -errno. */
int proven_file_save(const struct state_folder *folder, const struct records *records, int64_t now,
                     const struct pairs *pairs, struct problem *problem);

#endif
