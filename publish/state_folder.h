/* The publisher's own folder, `DIR.state` beside the published DIR: what it needs from one run to
 * the next and nobody else is to see. The tree's lock covers it.
 *
 * It is not signed, and what it holds is published: so it is the caller's alone, owned.h. */
#ifndef GITDNS_PUBLISH_STATE_FOLDER_H
#define GITDNS_PUBLISH_STATE_FOLDER_H

#include "publish/owned.h"
#include "publish/problem.h"
#include <limits.h>

struct state_folder {
    int directory; /* -1: not open */
    char path[PATH_MAX];
    struct owned_folder owned;
};

/* Opens the folder of the tree at `tree`, which exists; made if it is not there. Returns 0,
 * E_OTHERS or -errno. */
int state_folder_open(struct state_folder *folder, const char *tree, struct problem *problem);

/* The folder goes if it is empty. */
void state_folder_close(struct state_folder *folder);

#endif
