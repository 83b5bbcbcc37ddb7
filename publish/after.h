/* The command that is run once something new is published. */
#ifndef GITDNS_PUBLISH_AFTER_H
#define GITDNS_PUBLISH_AFTER_H

#include "publish/problem.h"
#include <stdint.h>

/* Runs `sh -c COMMAND` with GITDNS_DIR, the folder, and GITDNS_SERIAL in its environment, and waits
 * for its end; passes a wish to stop on. Returns 0, or E_AFTER, E_STOPPED or -errno and the
 * problem.
 */
int after_run(const char *command, const char *folder, uint32_t serial, struct problem *problem);

#endif
