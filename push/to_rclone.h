/* What rclone reaches. */
#ifndef GITDNS_PUSH_TO_RCLONE_H
#define GITDNS_PUSH_TO_RCLONE_H

#include "push/remote.h"

extern const struct remote_kind to_rclone;

#endif
