/* A file of the state folder: gzip of lines, from a first one that says what it is to a last one
 * that says how many stand between them.
 *
 *   gitdns KIND 1 NUMBER
 *   ...
 *   end LINES
 *
 * It is replaced whole, by rename. What others may have done to it is found out: owned.h. */
#ifndef GITDNS_PUBLISH_STATE_FILE_H
#define GITDNS_PUBLISH_STATE_FILE_H

#include "publish/input.h"
#include "publish/problem.h"
#include "publish/state_folder.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct state_kind {
    const char *file;    /* its name */
    const char *begins;  /* `gitdns KIND 1 ` */
    const char *without; /* what happens without it: for who has to remove a damaged one */
    bool persists;       /* it is written although a stop is requested */
};

struct state_reader {
    const struct state_folder *folder;
    const struct state_kind *kind;
    struct problem *problem;
    struct input *input;
    uint64_t line;
    uint64_t lines;
    uint32_t number; /* that the first line has; 0: there is no file */
};

/* Opens the file and reads its first line. Returns 0 (also if there is none), E_STATE_DAMAGED,
 * E_STOPPED, -ENOMEM, E_FILE_OTHERS or -errno. state_reader_close at the end either way. */
int state_reader_open(struct state_reader *reader, const struct state_folder *folder,
                      const struct state_kind *kind, struct problem *problem);

/* Returns 1 and the next line, which may be no good, 0 after the last, or as above. */
int state_reader_next(struct state_reader *reader, struct input_line *line);

/* The present line is no good: returns E_STATE_DAMAGED and its sentence. */
int state_reader_damaged(const struct state_reader *reader);

void state_reader_close(struct state_reader *reader);

struct state_writer {
    const struct state_folder *folder;
    const struct state_kind *kind;
    struct payload *payload;
    int fd;
    uint64_t lines;
};

/* A new file beside the old one; `number` is above 0. Returns 0, -ENOMEM or -errno;
 * state_writer_close at the end either way. */
int state_writer_open(struct state_writer *writer, const struct state_folder *folder,
                      const struct state_kind *kind, uint32_t number);

/* Adds a line with its LF, of at most TEXT_LINE_MAX octets. Returns as payload_add. */
int state_writer_add(struct state_writer *writer, const char *line, size_t len);

/* Lets the file take the old one's place if `r` is 0, else removes it. Returns `r`, -errno or
 * E_STOPPED. */
int state_writer_close(struct state_writer *writer, int r);

/* The sentence for a code that is about the file. Returns the code. */
int state_file_fail(const struct state_folder *folder, const struct state_kind *kind, int code,
                    struct problem *problem);

#endif
