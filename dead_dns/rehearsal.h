/* Runs a command as if DNS were dead. */
#ifndef GITDNS_DEAD_DNS_REHEARSAL_H
#define GITDNS_DEAD_DNS_REHEARSAL_H

#include "base/message.h"
#include "dead_dns/asked.h"
#include "dead_dns/dead_dns.h"

/* Runs it to its end; what it leaves running is ended with it. SIGINT, SIGQUIT, SIGTERM and SIGHUP
 * that are sent to this process, which may ignore some, are passed on; 5 seconds after one of the
 * last two all is ended.
 *
 * Fills *asked, which is zeroed. Returns the exit status, as env(1) has it, or -1 with the cause.
 * Afterwards this process is in namespaces of its own, and its connect(2) fails: it can print what
 * has come of it, and end. */
int rehearsal_run(enum dead_dns mode, char *const *command, struct asked *asked,
                  char error[MESSAGE_OCTETS]);

#endif
