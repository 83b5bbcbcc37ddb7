/* The records that are to be published against the last serial's snapshot: a merge of two sorted
 * lists, which also checks the snapshot against its manifest. */
#ifndef GITDNS_PUBLISH_COMPARE_H
#define GITDNS_PUBLISH_COMPARE_H

#include "publish/records.h"
#include "publish/shares.h"
#include "registry/manifest.h"
#include <stdint.h>

struct difference {
    uint64_t added, removed; /* names */
    uint64_t changed;        /* names whose addresses changed */
};

/* Reads the snapshot from `fd`, from where it stands; counts `shares` in it. Returns 0 and the
 * difference, E_STOPPED, -errno, or what is wrong with the snapshot's text: E_GZIP_…, E_SIZE_WRONG,
 * E_HASH_WRONG, E_NAMES_WRONG or text_parse's. */
int compare_snapshot(int fd, const struct manifest *manifest, const struct records *records,
                     struct shares *shares, struct difference *difference);

#endif
