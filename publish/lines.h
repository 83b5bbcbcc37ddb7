/* The lines of a file that people wrote, one by one, and their words. */
#ifndef GITDNS_PUBLISH_LINES_H
#define GITDNS_PUBLISH_LINES_H

#include "publish/problem.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line {
    const char *text; /* without its end and, on the first, without a byte order mark */
    size_t len;
    uint64_t number; /* from 1 */
    bool cut;        /* the line is too long: this is its start */
};

/* Gives each line of the file (or `-`, as input_open) to `take`, until that returns a negative
 * code, or 1 to leave the rest unread. Returns 0, E_STOPPED, -ENOMEM, E_RECORDS_FULL, or E_INPUT
 * for all else that is wrong. */
int lines_read(const char *path, int (*take)(void *user, const struct line *line), void *user,
               struct problem *problem);

/* The same of an open file, which is closed; `path` is what it is called. */
int lines_read_fd(int fd, const char *path, int (*take)(void *user, const struct line *line),
                  void *user, struct problem *problem);

/* isspace(3), in every locale. */
bool is_blank(char c);

struct word {
    const char *text;
    size_t len;
};

/* Takes the next word off the front of the text; false if there is none. */
bool word_take(struct word *text, struct word *word);

#endif
