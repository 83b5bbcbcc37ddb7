/* A payload (snapshot, delta) in a file of the store's folder, named HASH.part after the hash that
 * a signed manifest gives it. One that broke off is resumed, by whichever mirror. */
#ifndef GITDNS_SYNCD_PART_FILE_H
#define GITDNS_SYNCD_PART_FILE_H

#include "copy/copy.h"
#include "mirror/mirror.h"
#include "syncd/syncd.h"

struct payload {
    const char *file; /* below the mirror's URL */
    uint64_t octets;
    const unsigned char *sha256;
};

/* Fetches what is missing of the payload and checks its size and hash; a wrong hash after a
 * resume: once more, whole. Returns 0 and *fd at its first octet, for the caller to close; else
 * SYNC_…, with mirror->error. */
enum sync_result part_file_fetch(struct mirror *mirror, const struct folder *folder,
                                 const struct payload *payload, int *fd);

/* Removes every *.part, but for that of `keep` if it is not NULL. */
void part_file_clean(const struct folder *folder, const struct payload *keep);

#endif
