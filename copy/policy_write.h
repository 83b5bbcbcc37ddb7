/* The policy that the module reads, made of the configuration. */
#ifndef GITDNS_COPY_POLICY_WRITE_H
#define GITDNS_COPY_POLICY_WRITE_H

#include "copy/config.h"

/* Whether there is more to say than that the registry in the copy's own folder answers, or traces
 * of what once was said. */
bool policy_is_needed(int directory, const struct config *config);

/* Puts it into the folder of the copy, `directory`, by rename, unless what lies there is the same.
 * Where there is none, and none is needed, none is made. Whoever calls it holds the lock of
 * REGISTRIES_FOLDER. Returns 0 or -errno; on failure what was there stays. */
int policy_write(int directory, const struct config *config);

/* Whether policy_write would leave all as it is. Returns 1, 0 or -errno. */
int policy_is_written(int directory, const struct config *config);

#endif
