/* The published folder: its lock, HEAD, and the last serial.
 *
 * HEAD carries no authority; what it names has to verify. A folder above HEAD is what a run left
 * that did not finish. If it is whole nevertheless (signed by us, its snapshot as the manifest
 * says) only the word in HEAD is missing, or HEAD was set back: then it is the last serial. All
 * other rests are let be.
 */
#ifndef GITDNS_PUBLISH_TREE_H
#define GITDNS_PUBLISH_TREE_H

#include "publish/owned.h"
#include "publish/published.h"
#include <stdbool.h>
#include <stdint.h>

struct tree {
    const char *path;
    int fd;
    int lock;
    struct owned_folder folder;
    uint32_t head;         /* what HEAD says; 0: there is none */
    uint32_t highest;      /* of the numbered folders; 0: none */
    struct published last; /* the last serial's; all zero: nothing has been published */
    struct keys signed_by; /* which of our keys signed it */
};

/* Opens the folder, made if it is not there, takes its lock and reads HEAD. Returns 0, E_TREE_BUSY,
 * E_TREE_DAMAGED, E_OTHERS or -errno. tree_close at the end either way. */
int tree_open(struct tree *tree, const char *path, struct problem *problem);

/* Gives the lock back; a folder that this run made and left empty goes. */
void tree_close(struct tree *tree);

/* Finds the last serial and checks it: a good signature by one of the keys, the registry's name.
 * Returns 0 (also if nothing has been published), E_TREE_…, E_MANIFEST_…, E_SIGNATURE_…
 * or -errno. */
int tree_load(struct tree *tree, const char *registry_name, const struct keys *keys,
              struct problem *problem);

/* Whether the clock can be right that says `now`: not earlier than the last serial was created, as
 * clients take the later one's time for the time at least; and not by more than twice its validity,
 * or a week, later: what is created by a clock that is ahead bars all others until then. Returns 0
 * or E_TREE_CLOCK. */
int tree_check_clock(const struct tree *tree, int64_t now, struct problem *problem);

/* The serial that a new folder would get: one above all that there is. */
uint32_t tree_next(const struct tree *tree);

/* Lets HEAD name the serial, whose folder is on disk. Returns 0 or -errno; *moved: HEAD names it,
 * which may be so after a failure too. */
int tree_set_head(struct tree *tree, uint32_t serial, bool *moved, struct problem *problem);

/* Calls `visit` for each numbered folder until it returns other than 0, and returns that; or
 * -errno. */
int tree_each(const struct tree *tree, int (*visit)(uint32_t serial, void *context), void *context);

#endif
