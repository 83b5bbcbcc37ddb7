/* Whose nsswitch.conf is, and whether it is for gitdns to edit. What forbids it is told here. */
#ifndef GITDNS_CLI_ENABLE_REFUSED_H
#define GITDNS_CLI_ENABLE_REFUSED_H

#include "hosts_line/nsswitch.h"
#include "hosts_line/rule.h"

/* Each returns true to go on; else `status` is the command's, and why has been printed. */

/* Of the path: a symbolic link (authselect's or another's) is left alone, an absent file too. */
bool owner_permits(bool enable, int *status);

/* Of what was read: a copy that authselect wrote, no hosts line, no text. */
bool owner_knows(bool enable, const struct nsswitch *file, int *status);

/* Prints why, and what to write by hand; returns the command's status. `number`: of the line, or 0.
 */
int owner_refuse(size_t number, const struct hosts_refusal *refusal);

#endif
