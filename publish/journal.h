/* The answers of a run that is under way, on disk, so that a run that was interrupted goes on where
 * it was.
 *
 * It holds a header with the run's key (whatever the answers depend on: the list, the options, the
 * serial that the run builds on) and the time at which the run began, then one entry for each
 * answer to a name, each with a check sum. What a crash or a power failure left unfinished at the
 * end is cut off. A journal of another run is replaced.
 */
#ifndef GITDNS_PUBLISH_JOURNAL_H
#define GITDNS_PUBLISH_JOURNAL_H

#include "base/base.h"
#include "publish/name_findings.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_FILE "journal"

struct journal;

struct journal_entry {
    unsigned sample; /* from 0, at most 255 */
    const char *name;
    size_t len;
    const struct answer *answer[FAMILIES]; /* NULL: not asked for */
};

/* Opens the journal in the folder. *began: when its run began, which for a new one is `now`; one
 * that has not been written to since `stale`, or began before `old`, is replaced too. Returns 0
 * and *journal, -ENOMEM, or as owned_open_file. */
int journal_open(struct journal **journal, int directory, const unsigned char key[SHA256_OCTETS],
                 int64_t now, int64_t stale, int64_t old, int64_t *began);

/* The next entry that is there: returns 1 and *entry, good until the next call, or 0; from then on
 * entries can be added. -errno. */
int journal_next(struct journal *journal, struct journal_entry *entry);

/* Returns 0 or -errno. What was added is safe from the death of the process after journal_flush. */
int journal_add(struct journal *journal, const struct journal_entry *entry);
int journal_flush(struct journal *journal);

/* Closes; NULL is fine. */
void journal_close(struct journal *journal);

/* After publication. */
void journal_remove(int directory);

/* When a guard has refused what was found: puts the journal aside, for the next run is to ask anew;
 * unless it is to publish all the same, which journal_readmit is for. */
void journal_refuse(int directory);
void journal_readmit(int directory, bool force);

#endif
