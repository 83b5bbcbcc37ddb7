/* A published folder that was lost, taken back from a mirror of it.
 *
 * Clients go forward only: a folder that begins anew at serial 1 is refused by each of them until
 * what they have has expired. A mirror is a copy of the folder, so what it holds can be put back,
 * and publication goes on above its newest serial. Nothing of it is believed: the newest manifest
 * must be signed by one of the keys, what it names must have its sums, and each serial below must
 * be the one that the serial above names by SHA-256.
 */
#ifndef GITDNS_PUBLISH_RESTORE_H
#define GITDNS_PUBLISH_RESTORE_H

#include "publish/tree.h"

#define RESTORE_URL_MAX 255
/* What has not come by then is missing. */
#define RESTORE_HOURS 4

struct restored {
    uint32_t newest, oldest; /* serials; 0: nothing was taken back */
    struct problem rest;     /* why there is none below the oldest, or empty: it was the first */
};

/* Whether it is a mirror's URL: http, https or file. */
bool restore_is_url(const char *url);

/* Fills the tree, in which nothing is published, with what the mirror at `url` has: the newest
 * serial with all its files, the manifests and signatures of those below, the snapshots of the
 * latest; HEAD follows when all is on disk. What is missing below the newest one, or wrong, ends
 * it. tree_load then finds it. curl_global_init has been called. Returns 0, E_MIRROR, E_STOPPED,
 * E_SIGNATURE_…, E_MANIFEST_…, E_HASH_WRONG, E_SIZE_WRONG, -ENOMEM or -errno. */
int restore(struct tree *tree, const char *url, const char *registry_name, const struct keys *keys,
            struct restored *restored, struct problem *problem);

#endif
