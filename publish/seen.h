/* What was last seen when: the publisher's own memory of a registry's addresses, in the folder
 * `DIR.state` beside the published one.
 *
 * With it an address stays published for some serials after it was last seen, and so does all of a
 * name that DNS fails to answer for at the moment. `seen.gz` holds
 *
 *   gitdns seen 1 SERIAL
 *   NAME ADDRESS/LAST/FIRST ... [cname=NAME]
 *   end NAMES
 *
 * LAST: how many serials before SERIAL the address was last seen, FIRST: before which it came in;
 * 255 stands for more. Addresses that proof alone has published (proven.h) are not in it.
 *
 * It is replaced, by rename, when a new serial is complete but for HEAD. A run that dies between
 * the two leaves observations of a serial that nobody was shown; they are true all the same, and
 * the next run takes them as seen one serial ago. A file from a serial that lies ahead belongs to a
 * folder that is no more: it is passed over.
 */
#ifndef GITDNS_PUBLISH_SEEN_H
#define GITDNS_PUBLISH_SEEN_H

#include "publish/problem.h"
#include "publish/records.h"
#include "publish/state_folder.h"
#include <stdbool.h>
#include <stdint.h>

#define SEEN_FILE "seen.gz"

struct seen_rule {
    uint32_t serial;      /* the one that is to be published */
    unsigned hold;        /* serials */
    enum admission usual; /* of a name whose own is not greater */
};

struct seen_counts {
    uint64_t held;    /* names that have held addresses alone */
    uint64_t refused; /* addresses that would have been held if they were admitted */
};

/* Adds to the names in `records`, which are ranked and hold what this run has seen, what was seen
 * at most `hold` serials before `serial`, as far as name_findings.h's rule lets it stay. Private
 * addresses of ADMIT_PRIVATE stay whatever that says: this run may have asked another network's
 * DNS. Returns 0 (also if there is no file), E_STATE_DAMAGED, E_STOPPED, -ENOMEM,
 * E_RECORDS_FULL, E_FILE_OTHERS or
 * -errno. */
int seen_load(const struct state_folder *folder, const struct seen_rule *rule,
              struct records *records, struct seen_counts *counts, struct problem *problem);

/* Replaces the file by what the sorted records say. `serial`: as for seen_load; `published`: the
 * one that stands after the run, which is an earlier one if nothing has changed. Returns 0,
 * -ENOMEM, E_STOPPED or -errno. */
int seen_save(const struct state_folder *folder, const struct records *records, uint32_t serial,
              uint32_t published, struct problem *problem);

/* When `serial` is to be published once more as `again`: forgets what came in with the serials
 * between them. Addresses that came in later go; those that were seen later were last seen at
 * `serial`. Ages then count from `again`, as if the serials between had not been. To be called, as
 * seen_save, before HEAD moves. Returns as seen_load. */
int seen_forget(const struct state_folder *folder, uint32_t serial, uint32_t again,
                struct problem *problem);

#endif
