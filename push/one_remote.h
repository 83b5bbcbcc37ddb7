/* The order of things on one remote. */
#ifndef GITDNS_PUSH_ONE_REMOTE_H
#define GITDNS_PUSH_ONE_REMOTE_H

#include "push/remote.h"

struct pushed {
    uint64_t files, octets; /* put there, but HEAD */
    uint64_t removed;       /* files */
    bool moved;             /* HEAD has been set */
};

/* Brings the remote to where the local folder is. Returns 0, or a negative code and *push->fault.
 */
int one_remote(struct push *push, struct pushed *pushed);

#endif
