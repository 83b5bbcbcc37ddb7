/* /etc/gitdns/nsswitch.saved: the hosts line before and after `gitdns enable`, so that disable
 * gives back the very octets. */
#ifndef GITDNS_HOSTS_LINE_UNDO_H
#define GITDNS_HOSTS_LINE_UNDO_H

#include "hosts_line/hosts_text.h"

#define UNDO_FOLDER "/etc/gitdns"
#define UNDO_FILE "nsswitch.saved"
#define UNDO_PATH UNDO_FOLDER "/" UNDO_FILE

/* The line before and after what enable did, so that disable can undo it to the octet. */
struct hosts_undo {
    struct hosts_text was, now;
};

/* Returns whether there is one that can be understood. */
bool undo_read(struct hosts_undo *saved);

/* Replaces it durably; makes the folder if need be. Returns 0 or a code of base/error.h. */
int undo_write(const struct hosts_undo *saved);

/* Takes it away, and the folder if nothing else is in it. Returns as above. */
int undo_remove(void);

/* What the file holds, for tests and fuzzers. `out` has room for UNDO_MAX_OCTETS; returns the
 * length. */
#define UNDO_MAX_OCTETS (2 * HOSTS_LINE_MAX + 256)
size_t undo_format(const struct hosts_undo *saved, char *out);
bool undo_parse(const char *text, size_t len, struct hosts_undo *saved);

#endif
