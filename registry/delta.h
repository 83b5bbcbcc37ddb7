/* A delta: what turns one serial's registry text into another's.
 *
 *   line = record line LF      puts that record in, or in the place of the one of that name
 *        | "-" name LF         takes the name out
 *
 * In the order of the registry text, so that it is applied while walking the base. Whether what
 * comes out is the new serial's text its hash tells, not the delta.
 */
#ifndef GITDNS_DELTA_H
#define GITDNS_DELTA_H

#include "store_read.h"
#include "text.h"

/* Parses a delta's line as text_parse does a text's; a record without addresses takes its name
 * out. Returns 0 or why the line is refused. */
int delta_parse(struct text_reader *reader, const char *line, size_t len, struct record *record);

/* Writes the line that takes a name out, LF included, to `line` (TEXT_LINE_MAX octets, no NUL);
 * returns its length. text_format writes the other kind. */
size_t delta_format_removal(const struct record *record, char *line);

/* Applies the lines of a delta, one call each, to the records of a base. Start with the base, where
 * the records of the result go, and all else zero. */
struct delta_merge {
    const struct store *base;
    /* Takes a record in order; returns 0 or a negative code that ends the merge. */
    int (*put)(void *user, const struct record *record);
    void *user;
    unsigned position;
    bool begun, ended;  /* the walk through the base */
    struct record next; /* the base's first record that has not been passed on */
};

/* Takes the delta's next record (delta_parse's). Returns 0, E_DELTA_MISSING if it takes out a name
 * that the base does not hold, E_STORE_DAMAGED, or put's code. */
int delta_merge_line(struct delta_merge *merge, const struct record *record);

/* Passes on what is left of the base. Returns as delta_merge_line. */
int delta_merge_end(struct delta_merge *merge);

#endif
