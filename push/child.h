/* One run of another program, without a shell. */
#ifndef GITDNS_PUSH_CHILD_H
#define GITDNS_PUSH_CHILD_H

#include "base/message.h"
#include <stdbool.h>
#include <stddef.h>

#define CHILD_ARGUMENTS_MAX 32
/* A list of FILE_LIST_MAX files is shorter. */
#define CHILD_OUTPUT_MAX ((size_t)128 << 20)

struct child {
    const char *argument[CHILD_ARGUMENTS_MAX]; /* the program first; NULL ends them */
    const char *input;                         /* what it reads, a file; NULL: nothing */
    size_t input_len;
    /* Of its standard error, the first line that begins so counts; NULL, or none: the last. */
    const char *tells;
    /* Told of each `N%` that it says; may be NULL. */
    void (*percent)(void *context, unsigned percent);
    void *context;
    /* Filled in. */
    char *output; /* NUL-terminated, to be freed; never NULL after child_run */
    size_t output_len;
    char said[MESSAGE_OCTETS]; /* that line, or empty */
    bool not_found;            /* its standard error has "No such file or directory" */
};

/* Adds an argument. */
void child_add(struct child *child, const char *argument);

/* Runs it to its end; it dies with this process. Returns its exit status, or -errno, E_FILE_LONG,
 * E_PROGRAM, and then *fault. */
int child_run(struct child *child, char fault[MESSAGE_OCTETS]);

/* Runs it, and any exit status but 0 is E_PROGRAM, too, with what it has said. */
int child_run_well(struct child *child, char fault[MESSAGE_OCTETS]);

/* That sentence, of an exit status. Returns E_PROGRAM. */
int child_failed(const struct child *child, int status, char fault[MESSAGE_OCTETS]);

void child_free(struct child *child);

#endif
