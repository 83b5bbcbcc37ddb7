/* The dnsdist of this machine that answers a network from the copy: gitdns-dnsdist(7). */
#ifndef GITDNS_CLI_DNSDIST_H
#define GITDNS_CLI_DNSDIST_H

#include <limits.h>
#include <stdbool.h>

#define DNSDIST_FOLDER "/etc/dnsdist"

#define DNSDIST_PATH_OCTETS (sizeof DNSDIST_FOLDER + NAME_MAX + 1)

struct dnsdist {
    char configuration[DNSDIST_PATH_OCTETS]; /* that takes gitdns.lua; empty: none */
    bool runs;                               /* a dnsdist that this user sees */
};

/* A configuration that this user may not read is as none. */
void dnsdist_find(struct dnsdist *dnsdist);

#endif
