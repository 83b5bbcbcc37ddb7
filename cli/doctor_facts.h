/* What `gitdns doctor` judges by, found once, before anything is judged. */
#ifndef GITDNS_CLI_DOCTOR_FACTS_H
#define GITDNS_CLI_DOCTOR_FACTS_H

#include "base/resolv_conf.h"
#include "cli/permissions.h"
#include "cli/status.h"
#include "hosts_line/placement.h"

/* The files that programs of every user read themselves. */
enum doctor_file {
    DOCTOR_STORE,
    DOCTOR_NSSWITCH,
    DOCTOR_RESOLV_CONF,
    DOCTOR_BOARD,
    DOCTOR_FILES, /* their number */
};

struct doctor_facts {
    const struct cli *cli; /* the configuration, and what is wrong with it */
    struct status status;  /* with the store that the module reads, wherever cli has it */
    struct hosts_facts machine;
    struct resolv_conf resolv_conf;
    int resolv_conf_error;                    /* 0, or -errno: it is absent or cannot be read */
    bool homeless;                            /* there is no folder for the store */
    char outage_module_error[MESSAGE_OCTETS]; /* as status.module_error, of gitdns_outage */
    bool lacks_module_32;                     /* programs for 32 bits run here, and have none */
    struct closed_path closed[DOCTOR_FILES];  /* path is empty: open to every user */
    const char *start;                        /* the command that starts the daemon */
    const char *restart;                      /* and the one for where it runs but does nothing */
};

void doctor_facts_find(const struct cli *cli, struct doctor_facts *facts);

#endif
