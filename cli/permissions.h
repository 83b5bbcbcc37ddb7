/* Files that programs of every user have to get at: what on the way to one keeps some of them out.
 */
#ifndef GITDNS_CLI_PERMISSIONS_H
#define GITDNS_CLI_PERMISSIONS_H

#include "base/message.h"
#include <limits.h>
#include <stdbool.h>

struct closed_path {
    char path[PATH_MAX];       /* the folder that not every user may enter, or the file */
    char mend[MESSAGE_OCTETS]; /* the command */
};

/* Looks at all folders from / to the file, by its path and by what its links lead to, and at the
 * file. Returns whether there is such a one; a file that is absent is not closed. */
bool permissions_find(const char *path, struct closed_path *closed);

#endif
