/* A list of names -> records without addresses.
 *
 * Of each line one name, where list_entry.h finds it; LF, CR LF or CR ends a line, a byte order
 * mark at the start is passed over, upper case and one trailing dot are taken off, a name in UTF-8
 * becomes A-labels. A name that is there twice counts once; the last port of `NAME:PORT` is its
 * own, and not that of `www.NAME`.
 */
#ifndef GITDNS_PUBLISH_NAMES_H
#define GITDNS_PUBLISH_NAMES_H

#include "publish/list_entry.h"
#include "publish/problem.h"
#include "publish/records.h"
#include "publish/skips.h"
#include "registry/admission.h"
#include <stdbool.h>

/* All lists together; they are held in memory, and each name is asked for. */
#define NAMES_MAX 5000000
#define NAMES_MAX_TEXT "5,000,000"

/* The names of several lists, one after the other. */
struct names {
    enum admission admission; /* of the names that are read */
    bool www;                 /* for each that does not start with it, `www.NAME` too */
    uint64_t top;             /* as many are taken, and no more is read; 0: all, up to NAMES_MAX */
    struct records *records;  /* where they go; NULL: they are only counted, each time */
    struct records *given;    /* those that it holds do not go there; NULL: none */
    struct skips *skips;      /* those that cannot be published are counted here */
    uint64_t taken;           /* without www.NAME; start with 0 */
    struct list_form form;    /* of the list that is being read */
};

/* Adds the names in `path` (`-`: standard input). Returns 0, E_STOPPED, -ENOMEM, E_RECORDS_FULL, or
 * E_INPUT if the file cannot be read to its end, is no list, or there are more than NAMES_MAX. */
int names_read(struct names *names, const char *path, struct problem *problem);

/* The same of an open file, which is closed; `path` is what it is called. */
int names_read_fd(struct names *names, int fd, const char *path, struct problem *problem);

#endif
