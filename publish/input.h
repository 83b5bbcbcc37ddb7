/* A text file from outside, line by line: plain, gzip (any number of members) or ZIP (one file), in
 * bounded memory.
 *
 * gzip and ZIP are known by their first octets. zlib's own gzFile is not used: it takes what stands
 * after a damaged member's header for padding, and so gives a shorter file without an error.
 */
#ifndef GITDNS_PUBLISH_INPUT_H
#define GITDNS_PUBLISH_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INPUT_LINE_MAX ((size_t)256 * 1024)
/* What compressed data may become: some ten times the longest list there is. E_INFLATES says it,
 * too. */
#define INPUT_TEXT_MAX ((uint64_t)1 << 30)

struct input;

struct input_line {
    const char *text; /* without its end; any octets; good until the next call */
    size_t len;       /* at most INPUT_LINE_MAX */
    bool cut;         /* the line is longer than that: this is its start */
};

/* `path`: a file, or `-` for standard input. Returns 0 and *input, -ENOMEM or -errno. */
int input_open(struct input **input, const char *path);

/* The same for a file that is open; takes the descriptor, also if it fails. */
int input_open_fd(struct input **input, int fd);

/* The same for a gzip file, which may be of any length. */
int input_open_gzip(struct input **input, int fd);

/* Returns 1 and the next line, which LF, CR LF or CR ends (the last may lack that), 0 at the end,
 * E_GZIP_…, E_ZIP_…, E_INFLATES, E_STOPPED or -errno. A file named `*.gz` that is not gzip is
 * E_GZIP_BROKEN. */
int input_next(struct input *input, struct input_line *line);

/* Frees; NULL is fine. */
void input_close(struct input *input);

#endif
