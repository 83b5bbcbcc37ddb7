/* Ends what a library does not. Those of TLS and SSH go on reading for as long as there is
 * something to read, also what means nothing, and look at no clock meanwhile: who sends fast enough
 * keeps whoever called them. A thread of its own watches, and shuts the socket. */
#ifndef GITDNS_BASE_CUTOFF_H
#define GITDNS_BASE_CUTOFF_H

#include <stdbool.h>

/* A call that takes no longer is not looked at. */
#define CUTOFF_CALL_MS 100

struct cutoff;

/* Whether a socket is to be shut; asked in the cutoff's thread, again and again during a call that
 * takes long. */
typedef bool cutoff_judge(void *user, int socket);

/* Returns 0 and *cutoff, -ENOMEM, or another -errno: no thread. To all below NULL is one that cuts
 * nothing off. */
int cutoff_open(struct cutoff **cutoff, cutoff_judge *judge, void *user);
void cutoff_close(struct cutoff *cutoff);

/* Around each call into the library. */
void cutoff_begin(struct cutoff *cutoff);
void cutoff_end(struct cutoff *cutoff);

/* From when the socket is open until right before it is closed. *shut, which is to be looked at
 * between calls, becomes true if it is shut. Returns 0 or -ENOMEM. */
int cutoff_add(struct cutoff *cutoff, int socket, bool *shut);
void cutoff_remove(struct cutoff *cutoff, int socket);

#endif
