/* The socket to which processes report names for which DNS has failed, and an administrator's wish
 * to force an outage. Anybody may send anything at any speed. */
#ifndef GITDNS_OUTAGE_REPORTS_H
#define GITDNS_OUTAGE_REPORTS_H

#include "copy/control.h"
#include <stddef.h>
#include <sys/types.h>

/* So many are read at once, and then none for a while (REPORTS_REST_MS). */
#define REPORTS_BATCH 64
#define REPORTS_BATCH_MS 200 /* or for so long */
#define REPORTS_REST_MS 100

/* What is done with what comes. */
struct reports_handler {
    void (*name)(void *context, const char *name, size_t len, uid_t uid); /* in normal form */
    void (*denied)(void *context, const char *name, size_t len);          /* that one DNS denies */
    void (*force)(void *context, const struct control *control);          /* root has said so */
    void (*look)(void *context);                                          /* anyone has */
    void *context;
    const char *secret; /* without which root has not (copy/control.h) */
};

/* Opens REPORT_PATH, in place of one that was left there. Returns the descriptor or -errno. */
int reports_open(void);

/* Reads a batch. Returns how many there were; of what cannot be read now, as another thread is at
 * one that has brought descriptors, REPORTS_BATCH. */
unsigned reports_read(int fd, const struct reports_handler *handler);

/* So many in a batch that others may have found the queue full. */
unsigned reports_full(void);

#endif
