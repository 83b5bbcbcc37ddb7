/* The lines of a small file, one by one, through a buffer of the caller's.
 *
 * Used inside every process, on whatever stack a thread has: nothing is allocated, and no call is a
 * cancellation point.
 */
#ifndef GITDNS_BASE_LINE_READER_H
#define GITDNS_BASE_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>

/* More of a file is not read. */
#define LINE_READER_OCTETS_MAX (1 << 20)

struct file_line {
    const char *text; /* without its LF; any octets; good for the call alone */
    size_t len;
    bool cut;   /* the line is longer than the buffer: this is its start */
    bool ended; /* by an LF, which the last line of a file may lack */
};

/* Gives each line to `take`. Returns 0, -EFBIG or another -errno. */
int line_reader_each(const char *path, char *buffer, size_t size,
                     void (*take)(void *user, const struct file_line *line), void *user);

#endif
