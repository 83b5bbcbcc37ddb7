/* One mirror of the registry, and what it offers: HEAD, manifest, signature. */
#ifndef GITDNS_SYNCD_MIRROR_H
#define GITDNS_SYNCD_MIRROR_H

#include "fetch/fetch.h"
#include "registry/manifest.h"
#include "registry/signature.h"
#include "syncd/syncd.h"

/* A mirror's URL and the longest name of a file below it. */
#define MIRROR_URL_OCTETS 320

/* What a round makes of a mirror. */
enum standing {
    STANDING_UNKNOWN = 0, /* not asked */
    STANDING_ANSWERED,    /* with a HEAD; no more was asked, or what failed was not its fault */
    STANDING_GOOD,        /* served the round */
    STANDING_FAILED,
};

struct mirror {
    struct fetcher *fetcher;
    const char *url;            /* ends in `/` */
    int64_t deadline;           /* fetch_clock's */
    uint32_t serial;            /* by its HEAD, which carries no authority */
    enum standing standing;     /* the round sets it */
    bool lied;                  /* sent what the publisher did not sign */
    int64_t retry_after;        /* the longest that it asked for, seconds */
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

/* What a transfer from a mirror means for the round. */
enum sync_result mirror_result(enum fetch_result result);

/* Fetches HEAD and sets mirror->serial. Returns 0, SYNC_REFUSED or SYNC_STOPPED, with
 * mirror->error. */
enum sync_result mirror_head(struct mirror *mirror);

/* Fetches manifest and signature of mirror->serial and verifies them. Where `manifest.minisig` is
 * by none of the keys, `manifest.KEYID.minisig` may be (a change of keys). Returns as mirror_head.
 */
enum sync_result mirror_offer(struct mirror *mirror, const struct keys *keys,
                              const char *registry_name, struct offer *offer);

/* The one to try next: highest serial first, else in the order of the configuration; one of serial
 * 0 is none. NULL: none is left. *left: how many there are. */
struct mirror *mirror_next(struct mirror *mirrors, unsigned count, unsigned *left);

#endif
