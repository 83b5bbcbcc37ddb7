/* The command and all that it starts: in a PID namespace of its own, whose first process, the init,
 * ends when its parent does or the command has ended, and takes all others with it. */
#ifndef GITDNS_DEAD_DNS_PROCESSES_H
#define GITDNS_DEAD_DNS_PROCESSES_H

#include "base/message.h"
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* As of env(1): the command is there and cannot be run; it is not there. */
#define EXIT_FAULT 125
#define EXIT_CANNOT_RUN 126
#define EXIT_NOT_FOUND 127
#define EXIT_SIGNAL 128 /* and the signal that has ended it */

struct processes {
    pid_t init;
    int go;
};

/* What this process starts from now on is in a PID namespace; unless it is root it is in a user
 * namespace itself, with the same user and group. Returns 0, or -1 with the cause. */
int processes_isolate(char error[MESSAGE_OCTETS]);

/* Starts the init. The caller has blocked `signals`, which the init is to get, and had the mask
 * `before`, which the command is to have. Returns 0, or -1 with the cause. */
int processes_start(struct processes *processes, char *const *command, const sigset_t *signals,
                    const sigset_t *before, char error[MESSAGE_OCTETS]);

/* Lets it run the command. */
void processes_go(struct processes *processes);

/* Ends all of them, now. */
void processes_kill(const struct processes *processes);

/* Whether all have; processes_wait does not wait then. */
bool processes_have_ended(const struct processes *processes);

/* Waits for the end of all of them. Returns the exit status: the command's, or as above. */
int processes_wait(struct processes *processes);

#endif
