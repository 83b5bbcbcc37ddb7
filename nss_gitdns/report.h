/* The one thing that the module ever sends: a hint to the daemon of this machine that DNS has
 * failed for a name, or has denied one for which that is doubted. */
#ifndef GITDNS_NSS_GITDNS_REPORT_H
#define GITDNS_NSS_GITDNS_REPORT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Sends the name, in normal form, as one datagram to REPORT_PATH, unless `tick` says that one was
 * sent in this second, `now`; waits for nothing and ignores every error. Text that is no name is
 * not sent. No cancellation point; errno may change. */
void report_send(const char *text, _Atomic uint32_t *tick, uint32_t now);

/* The same of a name that DNS has denied; it is in normal form already. */
void report_denial(const char *name, size_t len, _Atomic uint32_t *tick, uint32_t now);

#endif
