/* /etc/nsswitch.conf as a file: read whole, its hosts line replaced with all else as it was.
 *
 * The new file lies beside the old one as nsswitch.conf.gitdns and is the lock as well: whoever
 * holds it is the only gitdns that edits. A run that was killed leaves it; the next one takes it
 * away.
 */
#ifndef GITDNS_HOSTS_LINE_NSSWITCH_H
#define GITDNS_HOSTS_LINE_NSSWITCH_H

#include "base/message.h"
#include "hosts_line/hosts_text.h"
#include <sys/stat.h>

#define NSSWITCH_FOLDER "/etc"
#define NSSWITCH_FILE "nsswitch.conf"
#define NSSWITCH_NEW NSSWITCH_FILE ".gitdns"

struct nsswitch {
    int folder; /* opened; -1: not */
    int fresh;  /* the new file, locked; -1: not */
    char *text;
    size_t len;
    struct stat st;
    size_t number; /* of the hosts line, from 1; 0: there is none */
    size_t offset; /* of that line in the text */
    struct hosts_text line;
};

/* Reads the file; with `edit`, takes the lock before. Returns 0, or -1 and why, with the file's
 * name, in `error`. The caller closes in any case. */
int nsswitch_open(struct nsswitch *file, bool edit, char error[MESSAGE_OCTETS]);

/* Puts the line in place of the hosts line, if the file is still the one that was read, and if
 * mode, owner, labels and access lists can be kept. Returns as above; with -1 the old file stays.
 * 1, and why in `error`: the new one is in place, but the disk may not hold it. */
int nsswitch_replace(struct nsswitch *file, const struct hosts_text *line,
                     char error[MESSAGE_OCTETS]);

void nsswitch_close(struct nsswitch *file);

#endif
