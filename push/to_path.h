/* A folder of this machine. */
#ifndef GITDNS_PUSH_TO_PATH_H
#define GITDNS_PUSH_TO_PATH_H

#include "push/remote.h"

extern const struct remote_kind to_path;

#endif
