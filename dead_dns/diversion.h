/* System calls of the command by which it would ask DNS, or somebody who asks DNS for it, stopped
 * and led elsewhere (seccomp(2), SECCOMP_RET_USER_NOTIF):
 *
 *   to port 53 or 853    its socket is replaced by one of the dead network, and the call goes on
 *   to nscd, resolved    nobody is there
 *   to gitdns-syncd      the report is taken here
 *
 * Of connect(2), and of sendto(2) with an address (stopped_call.h); not of sendmsg(2) with one. All
 * else it does in the network of this machine. It is no prison: who wants out gets out.
 */
#ifndef GITDNS_DEAD_DNS_DIVERSION_H
#define GITDNS_DEAD_DNS_DIVERSION_H

#include "base/message.h"
#include "dead_dns/asked.h"

struct diversion {
    int listener;    /* readable: a call has been stopped */
    uint64_t cookie; /* of the dead network */
};

/* From now on those calls of this process, and of all that it starts, stop until they are attended
 * to: this process must not make one. Returns 0, or -1 with the cause. */
int diversion_open(struct diversion *diversion, char error[MESSAGE_OCTETS]);

/* Where nobody is left to attend to them such calls fail with ENOSYS. */
void diversion_close(struct diversion *diversion);

/* Whether this process may look into that one, which it has started, as it has to. */
bool diversion_sees(pid_t id);

/* Attends to one call. The calling process is in the dead network. */
void diversion_attend(const struct diversion *diversion, struct asked *asked);

#endif
