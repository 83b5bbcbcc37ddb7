/* A mirror, looked at from outside: what a client would find there, and what would be easier on it.
 *
 *   audit        one mirror, step by step; several beside each other
 *   finding      what is found: levels, kinds and their words
 *   families     the families of addresses, and HEAD by each
 *   headers      what its headers say: redirects, caching
 *   ancestry     the manifests before the newest one
 *   served_file  one file: its size, its hash, what was done to it on the way; parts of it
 *   contents     what is in it: the text, and where deltas lead
 *
 * May enter: cli. It knows base, fetch, registry, mirror and of copy freshness.h. Nothing in this
 * room prints, or writes anything but a temporary file that has no name.
 */
#ifndef GITDNS_AUDIT_AUDIT_H
#define GITDNS_AUDIT_AUDIT_H

#include "audit/finding.h"
#include "registry/manifest.h"
#include "registry/signature.h"
#include <stdbool.h>
#include <stdint.h>

/* Texts of more octets are looked into only if that is asked for: it takes several times what
 * fetching them does. */
#define AUDIT_TEXT_OCTETS (16 << 20)

/* Whether a client takes private names and addresses. */
enum audit_private {
    AUDIT_PRIVATE_UNKNOWN,
    AUDIT_PRIVATE_NO,
    AUDIT_PRIVATE_YES,
};

struct audit_request {
    const char *url;           /* ends in `/` */
    const char *registry_name; /* NULL: whatever its manifest says */
    const struct keys *keys;   /* NULL: there are none */
    enum audit_private private;
    bool deep;           /* whatever the size of the text */
    uint64_t max_octets; /* of the text */
    int64_t connect_timeout;
    int64_t stall_timeout;
    int64_t timeout; /* of all, in seconds as the two before */
    int64_t now;     /* Unix time */
};

/* All that `manifest` says is hearsay unless it is signed. */
struct audit {
    const char *url;
    uint32_t serial; /* HEAD's; 0: none */
    bool described;  /* there is a manifest */
    bool is_signed;  /* by one of the keys */
    bool inflated;   /* the text was looked into */
    struct manifest manifest;
    unsigned char manifest_sha256[SHA256_OCTETS];
    struct findings findings;
};

/* Looks at one mirror, and sets all of *audit. curl_global_init has been called. */
void audit_run(const struct audit_request *request, struct audit *audit);

/* Mirrors of one registry beside each other: adds what is found to each. */
void audit_compare(struct audit *const *audits, unsigned count);

#endif
