/* hosts(5) files as they are found in the wild -> records.
 *
 * A line is an address and one or more names, separated by blanks; `#` starts a comment. Each name
 * stands for itself: that the first is called canonical in hosts(5) makes the others no aliases,
 * for lists put unrelated names on one line. So there is never a cname. Several lines may name one
 * name: it gets all their addresses. LF, CR LF or CR ends a line, a byte order mark at the start is
 * passed over, upper case and one trailing dot are taken off, names in UTF-8 become A-labels.
 *
 * A word in a name's place that holds an address is what is left where two lines were joined:
 * nobody knows which address the names after it are meant for, so they cannot be published.
 */
#ifndef GITDNS_PUBLISH_HOSTS_H
#define GITDNS_PUBLISH_HOSTS_H

#include "publish/problem.h"
#include "publish/records.h"
#include "publish/skips.h"
#include <stdbool.h>

/* Adds what `path` (`-`: standard input) holds. `private`: special-use names and addresses that are
 * not globally reachable are taken too. An entry is one name on one line; those that cannot be
 * published are counted in `skips`. Returns 0, E_STOPPED, -ENOMEM, E_RECORDS_FULL, or E_INPUT if
 * the file cannot be read to its end: part of it would be a registry that lost names. */
int hosts_read(const char *path, bool private, struct records *records, struct skips *skips,
               struct problem *problem);

#endif
