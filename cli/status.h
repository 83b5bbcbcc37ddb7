/* What there is to tell of this machine: for `gitdns status` and `gitdns doctor`. */
#ifndef GITDNS_CLI_STATUS_H
#define GITDNS_CLI_STATUS_H

#include "cli/cli.h"
#include "cli/outage_view.h"
#include "copy/round_state.h"
#include "hosts_line/reach.h"

struct status {
    int64_t now;
    int store_error; /* 0: manifest and deadline are set */
    struct manifest manifest;
    int64_t deadline;
    uint32_t pinned; /* 0: none */
    uint32_t newest; /* of those that are kept; 0: none */
    bool known;      /* a round has been */
    struct round_state rounds;
    struct hosts_line line;
    struct reach_report reach;
    char module_error[MESSAGE_OCTETS]; /* why the dynamic linker does not load it; empty: it does */
    struct outage_view outage;
};

/* Reads all of it. The store is the one at cli->store_path. */
void status_collect(const struct cli *cli, struct status *status);

#endif
