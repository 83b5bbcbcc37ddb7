/* Where hosts are mentioned, and how they are taken out: one table. */
#ifndef GITDNS_MENTIONS_MENTION_SOURCES_H
#define GITDNS_MENTIONS_MENTION_SOURCES_H

#include "mentions/host_word.h"

struct reading;

/* How the parts are told apart that `enabled = 0`, or `Enabled: no`, switches off. */
enum mention_sections {
    SECTIONS_NONE,
    SECTIONS_INI,    /* from one `[...]` to the next */
    SECTIONS_STANZA, /* between empty lines, as deb822 has it */
};

/* Besides enum host_form. */
enum mention_flags {
    MENTION_WHOLE = 1 << 8,      /* what has one label is no host, but a name of the file's own */
    MENTION_FIRST = 1 << 9,      /* the first word behind a key alone */
    MENTION_CONTINUED = 1 << 10, /* a line that begins with a blank continues the one before */
};

struct mention_source {
    const char *name; /* of what the configuration is */
    const char *const
        *files; /* absolute, or `~/`: in each home; with `*` within one part; NULL ends */
    void (*read)(struct reading *reading);
    const char *keys;     /* of what `read` takes; words with a blank between */
    const char *comments; /* what begins a line that is one */
    unsigned flags;
    enum mention_sections sections;
};

extern const struct mention_source mention_sources[];
extern const unsigned mention_sources_count;

#endif
