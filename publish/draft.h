/* The new serial: a folder that nobody sees until HEAD names it.
 *
 *   draft_make -> draft_snapshot or draft_link -> deltas_write -> draft_sign -> draft_publish
 *   draft_close at any point: what was not published goes again.
 *
 * What is signed is what the process holds: the manifest's text, with the sums of what it has
 * written. What goes again is what it has made.
 */
#ifndef GITDNS_PUBLISH_DRAFT_H
#define GITDNS_PUBLISH_DRAFT_H

#include "publish/records.h"
#include "publish/serial_chain.h"
#include "publish/signers.h"
#include "publish/tree.h"
#include <stdbool.h>

/* The snapshot, the deltas, the manifest, its signatures. */
#define DRAFT_FILES (1 + SERIAL_CHAIN_SNAPSHOTS + 1 + SIGNERS_MAX)
#define DRAFT_FILE_NAME sizeof "manifest.0123456789ABCDEF.minisig"

struct draft {
    struct tree *tree;
    uint32_t serial; /* 0: no folder has been made */
    int fd;
    bool published; /* HEAD names it */
    unsigned files;
    char file[DRAFT_FILES][DRAFT_FILE_NAME]; /* those that it has made */
};

/* Makes the folder, one above the highest that is there. Returns 0, E_TREE_SERIALS or -errno. */
int draft_make(struct draft *draft, struct tree *tree, struct problem *problem);

/* The same for that serial, whose folder may be there. */
int draft_make_as(struct draft *draft, struct tree *tree, uint32_t serial, struct problem *problem);

/* A new file in the folder, open for writing. Returns its descriptor or -errno. */
int draft_create(struct draft *draft, const char *file);

/* Removes the file that was made last. Returns 0 or -errno. */
int draft_remove_last(struct draft *draft);

/* Sets the problem `TREE/SERIAL/FILE: cause` and returns the code. */
int draft_problem(const struct draft *draft, const char *file, int code, struct problem *problem);

/* Writes the snapshot and sets the manifest's names, text and snapshot. Returns 0, E_STOPPED,
 * -ENOMEM or -errno. */
int draft_snapshot(struct draft *draft, const struct records *records, struct manifest *manifest,
                   struct problem *problem);

/* Links the last serial's snapshot in and sets the same. Returns 0, or -errno if this file system
 * will not. */
int draft_link(struct draft *draft, struct manifest *manifest);

/* Lets all signers sign the manifest, checks what they made, and writes both. Returns 0, E_SIGN,
 * E_STOPPED, E_MANIFEST_LONG or -errno. */
int draft_sign(struct draft *draft, const struct manifest *manifest, const struct signers *signers,
               struct problem *problem);

/* Sees to it that all is on disk, then lets HEAD name it. Returns 0, E_TREE_DAMAGED (another folder
 * has its name) or -errno; draft->published tells whether HEAD has moved. */
int draft_publish(struct draft *draft, struct problem *problem);

void draft_close(struct draft *draft);

#endif
