/* The records that are to be published against the last serial's snapshot: a merge of two sorted
 * lists, which also checks the snapshot against its manifest. */
#ifndef GITDNS_PUBLISH_COMPARE_H
#define GITDNS_PUBLISH_COMPARE_H

#include "publish/records.h"
#include "registry/gunzip.h"
#include "registry/manifest.h"
#include <stdint.h>

struct difference {
    uint64_t added, removed; /* names */
    uint64_t changed;        /* names whose addresses changed */
};

/* Who wants to know what a comparison finds; a function that is NULL is not called. The ones that
 * return something end it by a negative code. */
struct compare_visitor {
    void (*old)(void *user, const struct record *record); /* each record of the snapshot */
    int (*put)(void *user, const struct record *record);  /* a new record, or what a name has now */
    int (*removed)(void *user, const struct record *record); /* a record whose name is gone */
    void *user;
};

/* Reads the snapshot from `fd`, from where it stands. Returns 0 and the difference, a visitor's
 * code, E_STOPPED, -errno, or what is wrong with the snapshot's text: E_GZIP_…, E_SIZE_WRONG,
 * E_HASH_WRONG, E_NAMES_WRONG or text_parse's. */
int compare_snapshot(int fd, const struct manifest *manifest, const struct records *records,
                     const struct compare_visitor *visitor, struct difference *difference);

/* Of a snapshot that has been read to its end, hashed, with so many names: whether it is the
 * manifest's. Returns 0, E_SIZE_WRONG, E_HASH_WRONG or E_NAMES_WRONG. */
int compare_sums(struct gunzip *gunzip, const struct manifest *manifest, uint64_t names);

#endif
