/* Names that were asked for in vain while everything was out, and that no copy has: for who makes
 * lists of names. They lie in MISSED_FILE, for root and the daemon alone, since what somebody
 * looked up is nobody else's business. Anybody may report names: the last ones are kept. */
#ifndef GITDNS_OUTAGE_MISSED_H
#define GITDNS_OUTAGE_MISSED_H

#include "copy/copy.h"
#include "registry/registry.h"
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reported before it was known that everything is out, and so long before. */
#define MISSED_EARLY_MAX 64
#define MISSED_EARLY_MS 60000
/* The file is replaced no more often. */
#define MISSED_WRITE_MS 60000

struct missed {
    pthread_mutex_t lock;
    const char *directory;
    bool kept;       /* not: there is no file, and none comes about */
    unsigned count;  /* so far: of these the last MISSED_MAX are there */
    int64_t changed; /* since when the file lacks some, ms; 0: it has all */
    char name[MISSED_MAX][NAME_MAX_OCTETS + 1];
    unsigned early_count;
    struct {
        int64_t at;
        char name[NAME_MAX_OCTETS + 1];
    } early[MISSED_EARLY_MAX];
};

/* Recalls what the file in the folder says, which is the caller's string; or, if none are to be
 * kept, removes it. */
void missed_open(struct missed *missed, const char *directory, bool kept);

/* From now on they are kept, or are not, and forgotten. Any thread. */
void missed_keep(struct missed *missed, bool kept);

/* A look-up of the name, which is in normal form and in no copy, has failed. */
void missed_report(struct missed *missed, const char *name, size_t len, int64_t now);

/* Does what is due: `everything` is out or is not. Returns in how many ms something will be, -1:
 * nothing. */
int missed_tend(struct missed *missed, bool everything, int64_t now);

/* Writes what is not written yet. One of zeros, which was never opened, is fine. */
void missed_close(struct missed *missed);

#endif
