/* The lines that are proposed where `gitdns enable` edits nothing: each is one on which it would
 * have nothing to do. Where there is none, none is proposed. */
#ifndef GITDNS_HOSTS_LINE_BY_HAND_H
#define GITDNS_HOSTS_LINE_BY_HAND_H

#include "hosts_line/placement.h"

/* The line that does what this one does, as near as can be. `out`, with `hosts:` before it, is
 * empty if there is none. */
void by_hand_make(const struct hosts_line *line, const struct hosts_facts *facts,
                  char out[HOSTS_LINE_TEXT_OCTETS]);

/* Whether one of ours stands before `files': then the copy answers before /etc/hosts does. */
bool by_hand_precedes_files(const struct hosts_line *line);

/* If so, sets `out` to a sentence that says it, and what to write if it is not wanted. */
#define BY_HAND_NOTE_OCTETS (HOSTS_LINE_TEXT_OCTETS + 256)
bool by_hand_note(const struct hosts_line *line, const struct hosts_facts *facts,
                  char out[BY_HAND_NOTE_OCTETS]);

/* For a file without a line that can be understood. */
void by_hand_usual(const struct hosts_facts *facts, char out[HOSTS_LINE_TEXT_OCTETS]);

/* This line as it is; empty if it cannot be written so that it is read again as the same. */
void by_hand_write(const struct hosts_line *line, char out[HOSTS_LINE_TEXT_OCTETS]);

#endif
