/* The lines of one file of configuration. */
#ifndef GITDNS_MENTIONS_READING_H
#define GITDNS_MENTIONS_READING_H

#include "mentions/host_word.h"
#include "mentions/mention_list.h"
#include "mentions/mention_sources.h"

struct reading {
    const struct mention_source *source;
    struct mention_list *list;
    struct piece rest; /* of the file */
    unsigned line;     /* of what was given last */
    bool fresh;        /* a stanza may begin here */
};

/* Gives the next line, without its LF and blanks at its end: not those that are comments, nor those
 * of a section that is switched off. */
bool reading_next(struct reading *reading, struct piece *line);

/* The host of a word, as the source writes them, if it is one. */
void reading_take_word(struct reading *reading, struct piece word);

/* Each URL's. */
void reading_take_urls(struct reading *reading, struct piece text);

#endif
