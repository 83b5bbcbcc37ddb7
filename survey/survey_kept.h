/* The last result, in the file `drill` in the folder of all copies, for `gitdns status` and
 * `gitdns doctor`. */
#ifndef GITDNS_SURVEY_SURVEY_KEPT_H
#define GITDNS_SURVEY_SURVEY_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#define SURVEY_FILE "drill"

struct survey_kept {
    int64_t made;   /* Unix time */
    uint64_t of;    /* names in the copy */
    uint64_t names; /* that were tried, */
    uint64_t work;  /* and of these, those that would work */
};

/* Any octets may stand there: a damaged file is as if absent. Returns whether there was one. */
bool survey_kept_read(struct survey_kept *kept, const char *folder);

/* Returns 0 or -errno; on failure the file that was there stays. */
int survey_kept_write(const struct survey_kept *kept, const char *folder);

/* 0 to 1. */
double survey_kept_share(const struct survey_kept *kept);

#endif
