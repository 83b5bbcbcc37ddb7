/* The text of a hosts line, and where it stands in nsswitch.conf. */
#ifndef GITDNS_HOSTS_LINE_HOSTS_TEXT_H
#define GITDNS_HOSTS_LINE_HOSTS_TEXT_H

#include "hosts_line/grammar.h"

/* Of an nsswitch.conf that is looked at whole. */
#define NSSWITCH_MAX_OCTETS (1 << 20)

/* A hosts line of nsswitch.conf from its first octet to the one before its LF. */
struct hosts_text {
    size_t len;
    char octets[HOSTS_LINE_MAX];
};

/* Sets `text` to these octets. Returns whether there is room. */
bool hosts_text_set(struct hosts_text *text, const char *octets, size_t len);

bool hosts_text_same(const struct hosts_text *a, const struct hosts_text *b);

/* Takes a line of a file off the front of `rest`, which goes to `end`. Returns it, and in `len` its
 * length without the LF; NULL if there is none: a last line without its LF is none for glibc. */
const char *hosts_text_take_line(const char **rest, const char *end, size_t *len);

/* The last hosts line of a file's text: its offset and, without the LF, its length. The one that
 * glibc reads. Returns its number from 1, or 0 if there is none. */
size_t hosts_text_find(const char *text, size_t len, size_t *offset, size_t *line_len);

#endif
