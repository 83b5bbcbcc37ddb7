/* Where the name stands in a line of a list, as lists of names are published:
 *
 *   a name, `NAME:PORT` or a URL, of which the host counts; words after it are others
 *   `rank,name` (Tranco, Umbrella): after a rank the first field that is no number
 *   a table whose first line says which column it is: `origin,rank` (CrUX), `GlobalRank,TldRank,
 * Domain,...` (Majestic), `domain` or `rank,domain,categories` (Cloudflare Radar)
 *
 * Fields may be in quotes, `#` starts a comment. A line of titles may come again, where lists were
 * put one after the other.
 */
#ifndef GITDNS_PUBLISH_LIST_ENTRY_H
#define GITDNS_PUBLISH_LIST_ENTRY_H

#include "publish/lines.h"
#include <stdbool.h>

/* What is known of the list. */
struct list_form {
    bool begun;    /* something has stood in it */
    bool titled;   /* `column` was named */
    size_t column; /* from 0 */
};

struct list_entry {
    struct word host;   /* perhaps no name; empty only if the line was cut */
    uint16_t port;      /* of `NAME:PORT`; 0: none */
    struct word others; /* what else is there that may be meant for names */
};

/* Returns 1 and the line's entry, which points into it; 0 if it has none; or E_LIST_HTML. */
int list_entry_find(struct list_form *form, const struct line *line, struct list_entry *entry);

/* Takes the next word off entry->others; false if there is none. */
bool list_entry_other(struct list_entry *entry, struct word *word);

#endif
