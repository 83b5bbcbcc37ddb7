/* A list of names -> records without addresses.
 *
 * One name a line, or `rank,name`, as the lists of popular names are published; words after it are
 * counted in `skips`, LF, CR LF or CR ends a line, `#` starts a comment, a byte order mark at the
 * start is passed over, upper case and one trailing dot are taken off, a name in UTF-8 becomes
 * A-labels. A name that is there twice counts once.
 */
#ifndef GITDNS_PUBLISH_NAMES_H
#define GITDNS_PUBLISH_NAMES_H

#include "publish/problem.h"
#include "publish/records.h"
#include "publish/skips.h"
#include <stdbool.h>

/* Adds the names in `path` (`-`: standard input). `www`: for each that does not start with it,
 * `www.NAME` too. `private`: special-use names are taken too. Names that cannot be published are
 * counted in `skips`. Returns 0, E_STOPPED, -ENOMEM, E_RECORDS_FULL, or E_INPUT if the file cannot
 * be read to its end. */
int names_read(const char *path, bool private, bool www, struct records *records,
               struct skips *skips, struct problem *problem);

#endif
