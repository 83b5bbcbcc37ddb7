/* A delta: what turns one serial's registry text into another's.
 *
 *   line = record line LF      puts that record in, or in the place of the one of that name
 *        | "-" name LF         takes the name out
 *
 * In the order of the registry text, so that it is applied while walking the base. Whether what
 * comes out is the new serial's text its hash tells, not the delta.
 */
#ifndef GITDNS_REGISTRY_DELTA_H
#define GITDNS_REGISTRY_DELTA_H

#include "registry/text.h"

/* Parses a delta's line as text_parse does a text's; a record without addresses takes its name
 * out. Returns 0 or why the line is refused. */
int delta_parse(struct text_reader *reader, const char *line, size_t len, struct record *record);

/* Writes the line that takes a name out, LF included, to `line` (TEXT_LINE_MAX octets, no NUL);
 * returns its length. text_format writes the other kind. */
size_t delta_format_removal(const struct record *record, char *line);

#endif
