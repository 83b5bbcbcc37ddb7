/* Whether a mirror answers, over IPv4 and over IPv6, and what its HEAD says. */
#ifndef GITDNS_AUDIT_FAMILIES_H
#define GITDNS_AUDIT_FAMILIES_H

#include "audit/auditing.h"

/* Asks both families for HEAD, and adds what is found. Returns whether there is a serial; the
 * mirror then has it, and a fetcher for the rest, which is the caller's to close. */
bool families_reach(struct auditing *auditing);

#endif
