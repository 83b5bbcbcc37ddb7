/* Whether nsswitch.conf is for gitdns to edit. What forbids it is told here. */
#ifndef GITDNS_CLI_ENABLE_REFUSED_H
#define GITDNS_CLI_ENABLE_REFUSED_H

#include "hosts_line/nsswitch.h"
#include "hosts_line/placement.h"

/* Each returns true if nothing is to be edited: then `status` is the command's, and why has been
 * printed. `enable`: the command is enable, else disable. */

/* For the path: a symbolic link (authselect's or another's) is left alone, an absent file too. */
bool enable_refused_by_path(bool enable, const struct hosts_facts *facts, int *status);

/* For what was read: a copy that authselect wrote, no hosts line, no text. */
bool enable_refused_by_text(bool enable, const struct nsswitch *file,
                            const struct hosts_facts *facts, int *status);

/* Prints why, and what to write by hand; returns the command's status. `number`: of the line, or 0.
 */
int enable_refused_say(size_t number, const struct hosts_refusal *refusal,
                       const struct hosts_facts *facts);

#endif
