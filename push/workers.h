/* A process for each remote, side by side: one that hangs, or fails, holds no other. */
#ifndef GITDNS_PUSH_WORKERS_H
#define GITDNS_PUSH_WORKERS_H

#include "base/message.h"
#include "push/one_remote.h"
#include "push/push_options.h"
#include <stdbool.h>

/* Of one remote; shared with its process. */
struct worker_state {
    struct push_progress progress;
    bool whole;
    struct pushed pushed;
    char fault[MESSAGE_OCTETS]; /* if it is not whole */
};

/* Called several times a second. */
typedef void workers_listener(void *context, const struct worker_state *state, unsigned running);

/* Pushes to all remotes; SIGINT, SIGTERM and SIGHUP end that. Returns their states, which are not
 * to be freed, or NULL with *fault. */
const struct worker_state *workers_run(const struct push_options *options,
                                       const struct local_folder *local, workers_listener *listener,
                                       void *context, char fault[MESSAGE_OCTETS]);

#endif
