/* What rsync reaches: a host by ssh, or a daemon. */
#ifndef GITDNS_PUSH_TO_RSYNC_H
#define GITDNS_PUSH_TO_RSYNC_H

#include "push/remote.h"

extern const struct remote_kind to_rsync;

#endif
