/* What the configuration makes of the folder of the copy: a folder for each registry, and the
 * policy by which they answer. */
#ifndef GITDNS_SYNCD_FOLDERS_H
#define GITDNS_SYNCD_FOLDERS_H

#include "copy/config.h"

/* Makes the folders that are missing; one whose registry lay elsewhere until now (in the copy's own
 * folder, or in one of its name) takes over its serials. Then the policy; then what belongs to no
 * registry of the configuration any more is removed. Killed at any moment it leaves what answered
 * before, or what is to answer now, and the next one does the rest. Not while a round of this
 * process is under way. Returns 0, or -1 with the cause in `error`. */
int folders_settle(const struct config *config, char error[MESSAGE_OCTETS]);

#endif
