/* What of this machine decides how the hosts line must read. */
#ifndef GITDNS_CLI_MACHINE_FACTS_H
#define GITDNS_CLI_MACHINE_FACTS_H

#include "base/resolv_conf.h"
#include "hosts_line/placement.h"

/* Finds them, once a run. `resolv_conf`: what resolv_conf_read read. */
struct hosts_facts machine_facts(const struct resolv_conf *resolv_conf);

/* Whether systemd is what starts services here. */
bool machine_runs_systemd(void);

/* Whether the dynamic linker finds a service's module, as glibc would. `error`: what it says, empty
 * if it does. */
bool machine_has_module(const char *service, char error[MESSAGE_OCTETS]);

/* Whether programs for 32 bits run here with a glibc of theirs, and find no such module. */
bool machine_lacks_module_32(const char *service);

#endif
