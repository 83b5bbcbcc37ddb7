/* What of the input could not be published: counted by kind, the first few kept to be shown. */
#ifndef GITDNS_PUBLISH_SKIPS_H
#define GITDNS_PUBLISH_SKIPS_H

#include "registry/registry.h"
#include <stddef.h>
#include <stdint.h>

enum skip_kind {
    SKIP_MALFORMED, /* no host name, no address, or a line too long */
    SKIP_SPECIAL,   /* special-use name */
    SKIP_ADDRESS,   /* address that is not globally reachable */
    SKIP_LITERAL,   /* address in a list of names */
    SKIP_TOO_MANY,  /* beyond the ADDRESSES_MAX addresses that a name may have */
    SKIP_KINDS
};

#define SKIPS_SHOWN 3
#define SKIP_WORD_MAX 64

struct skip {
    const char *source; /* the file; of one in no line, DNS */
    uint64_t line;      /* from 1; 0: it is in no line */
    const char *why;
    char word[SKIP_WORD_MAX + sizeof "..."]; /* printable; may be empty */
};

/* A name in UTF-8 that was taken, and what it was taken as. */
struct conversion {
    const char *source;
    uint64_t line;
    char word[SKIP_WORD_MAX + sizeof "..."]; /* as it stands there, or its start */
    char name[NAME_MAX_OCTETS + 1];
};

typedef void skip_listener(const struct skip *skip);

/* Start with all zero. */
struct skips {
    const char *source;  /* what is being read */
    skip_listener *each; /* is told of each one, and none is kept; may be NULL */
    uint64_t count[SKIP_KINDS];
    struct skip shown[SKIP_KINDS][SKIPS_SHOWN];
    uint64_t conversions; /* of names, which were not skipped */
    struct conversion converted[SKIPS_SHOWN];
};

/* Counts one entry; `word` is what was wrong in it, any octets. The kind follows from the code. */
void skips_add(struct skips *skips, int code, uint64_t line, const char *word, size_t len);

/* Counts a word that was not ASCII, and which was taken as `name`; no other. */
void skips_converted(struct skips *skips, uint64_t line, const char *word, size_t len,
                     const char *name);

#endif
