/* How hosts are taken out of files that several programs have: each reads the file to its end. */
#ifndef GITDNS_MENTIONS_WAYS_H
#define GITDNS_MENTIONS_WAYS_H

#include "mentions/reading.h"

/* Every URL, whatever stands around it. */
void read_urls(struct reading *reading);

/* The words behind one of `keys`, as in `KEY = WORD...`, `KEY: WORD...` and `KEY WORD...`, until a
 * bracket that is opened there is closed. */
void read_keys(struct reading *reading);

/* Every word. */
void read_words(struct reading *reading);

/* `KEY="WORD"`, anywhere in a line. */
void read_attributes(struct reading *reading);

/* The strings of JSON that one of `keys` is the nearest key of: values, and keys within. */
void read_json(struct reading *reading);

/* What stands in elements of XML that are called one of `keys`. */
void read_elements(struct reading *reading);

/* Command lines: URLs, `USER@HOST:`, `HOST:/` and `HOST::`, as scp and rsync have them,
 * `--host=HOST` and where `ssh HOST` goes. */
void read_commands(struct reading *reading);

#endif
