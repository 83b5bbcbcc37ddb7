/* One mirror of a registry, and what it offers: HEAD, manifest, signature.
 *
 * Syncd and audit enter. It knows base, fetch and registry. */
#ifndef GITDNS_MIRROR_MIRROR_H
#define GITDNS_MIRROR_MIRROR_H

#include "fetch/fetch.h"
#include "registry/manifest.h"
#include "registry/signature.h"

/* A mirror's URL and the longest name of a file below it. */
#define MIRROR_URL_OCTETS 320

/* What a round makes of a mirror. */
enum standing {
    STANDING_UNKNOWN = 0, /* not asked */
    STANDING_ANSWERED,    /* with a HEAD; no more was asked, or what failed was not its fault */
    STANDING_GOOD,        /* served the round */
    STANDING_FAILED,
};

/* What a failed call has found wrong. */
enum mirror_fault {
    MIRROR_NO_ANSWER, /* or none that is a file: `answer` has the status */
    MIRROR_HEAD,
    MIRROR_SIGNATURE,
    MIRROR_MANIFEST,
    MIRROR_OTHER, /* the manifest is of another registry, or of another serial */
};

struct mirror {
    struct fetcher *fetcher;
    const char *url;            /* ends in `/` */
    int64_t deadline;           /* fetch_clock's */
    uint32_t serial;            /* by its HEAD, which carries no authority */
    enum standing standing;     /* the round sets it */
    bool lied;                  /* sent what the publisher did not sign */
    int64_t retry_after;        /* the longest that it asked for, seconds */
    struct fetch_answer answer; /* the last one */
    enum mirror_fault fault;    /* of the last call that failed */
    char error[MESSAGE_OCTETS]; /* why the last call failed: `URL: cause` */
};

/* A manifest that one of the keys has signed, for the registry and serial asked for. */
struct offer {
    struct manifest manifest;
    size_t text_len;
    size_t signature_len;
    char text[MANIFEST_MAX_OCTETS];
    char signature[SIGNATURE_MAX_OCTETS];
};

/* Writes the URL of `file` below the mirror's. */
void mirror_file_url(const struct mirror *mirror, const char *file, char out[MIRROR_URL_OCTETS]);

/* Fetches HEAD and sets mirror->serial. Returns FETCH_OK, FETCH_REFUSED or FETCH_STOPPED, with
 * mirror->error and mirror->fault. */
enum fetch_result mirror_head(struct mirror *mirror);

/* Fetches the manifest of mirror->serial, whatever it says, into the offer. Returns as mirror_head.
 */
enum fetch_result mirror_manifest(struct mirror *mirror, struct offer *offer);

/* Fetches the signature of that manifest, verifies both, and parses it. Where `manifest.minisig` is
 * by none of the keys, `manifest.KEYID.minisig` may be (a change of keys). Returns as mirror_head.
 */
enum fetch_result mirror_verify(struct mirror *mirror, const struct keys *keys,
                                const char *registry_name, struct offer *offer);

/* mirror_manifest, and mirror_verify. */
enum fetch_result mirror_offer(struct mirror *mirror, const struct keys *keys,
                               const char *registry_name, struct offer *offer);

/* The one to try next: highest serial first, else in the order of the configuration; one of serial
 * 0 is none. NULL: none is left. *left: how many there are. */
struct mirror *mirror_next(struct mirror *mirrors, unsigned count, unsigned *left);

#endif
