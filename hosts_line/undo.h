/* /etc/gitdns/nsswitch.saved: the hosts line before and after `gitdns enable`, so that disable
 * gives back the very octets. */
#ifndef GITDNS_CLI_SAVED_H
#define GITDNS_CLI_SAVED_H

#include "cli/hosts_edit.h"

#define SAVED_FOLDER "/etc/gitdns"
#define SAVED_FILE "nsswitch.saved"
#define SAVED_PATH SAVED_FOLDER "/" SAVED_FILE

/* Returns whether there is one that can be understood. */
bool saved_read(struct hosts_saved *saved);

/* Replaces it durably; makes the folder if need be. Returns 0 or a code of registry/error.h. */
int saved_write(const struct hosts_saved *saved);

/* Takes it away, and the folder if nothing else is in it. Returns as above. */
int saved_remove(void);

/* What the file holds, for tests and fuzzers. `out` has room for SAVED_MAX_OCTETS; returns the
 * length. */
#define SAVED_MAX_OCTETS (2 * HOSTS_LINE_MAX + 256)
size_t saved_format(const struct hosts_saved *saved, char *out);
bool saved_parse(const char *text, size_t len, struct hosts_saved *saved);

#endif
