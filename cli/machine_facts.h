/* What of this machine decides how the hosts line must read. */
#ifndef GITDNS_CLI_MACHINE_FACTS_H
#define GITDNS_CLI_MACHINE_FACTS_H

#include "hosts_line/rule.h"

/* nscd runs, or is installed, and is not told to leave hosts alone. */
bool machine_has_nscd(void);

void machine_facts(struct hosts_facts *facts);

/* Whether the dynamic linker finds a service's module, as glibc would. `error`: what it says, valid
 * until the next call; may be NULL. */
bool machine_has_module(const char *service, const char **error);

#endif
