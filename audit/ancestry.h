/* The manifests before the newest one, as it vouches for them: each has the hash of its parent. */
#ifndef GITDNS_AUDIT_ANCESTRY_H
#define GITDNS_AUDIT_ANCESTRY_H

#include "audit/auditing.h"

/* As many serials as gitdns-publish writes deltas from. */
#define ANCESTRY_MAX 8

struct ancestor {
    uint32_t serial;
    int64_t created;
    uint64_t text_octets;
    uint64_t snapshot_octets;
    unsigned char snapshot_sha256[SHA256_OCTETS];
};

struct ancestry {
    unsigned count;
    struct ancestor ancestor[ANCESTRY_MAX]; /* newest first */
};

/* Fetches them, for as long as there are some, and adds what is found of them and of what their
 * dates say. */
void ancestry_read(struct auditing *auditing, struct ancestry *ancestry);

/* The one of that serial, or NULL. */
const struct ancestor *ancestry_find(const struct ancestry *ancestry, uint32_t serial);

#endif
