/* What `gitdns doctor` judges by, found once, before anything is judged. */
#ifndef GITDNS_CLI_DOCTOR_FACTS_H
#define GITDNS_CLI_DOCTOR_FACTS_H

#include "base/resolv_conf.h"
#include "cli/dnsdist.h"
#include "cli/machine_names.h"
#include "cli/permissions.h"
#include "cli/status.h"
#include "hosts_line/placement.h"

/* The files that programs of every user read themselves. */
enum doctor_file {
    DOCTOR_STORE, /* of the first registry; those of the others follow */
    DOCTOR_POLICY = DOCTOR_STORE + POLICY_REGISTRIES_MAX,
    DOCTOR_NSSWITCH,
    DOCTOR_RESOLV_CONF,
    DOCTOR_BOARD,
    DOCTOR_FILES, /* their number */
};

/* Who publishes a registry. */
struct doctor_publisher {
    bool own;                  /* a unit of this machine */
    bool daily;                /* it is started each day, and each of its runs publishes */
    char mend[MESSAGE_OCTETS]; /* what to do where it has stopped */
};

struct doctor_facts {
    const struct cli *cli; /* the configuration, and what is wrong with it */
    struct status status;  /* with the stores that the module reads, wherever cli has them */
    struct policy policy;  /* in force; open */
    bool unsettled;        /* it does not say what the configuration does */
    bool has_domains[POLICY_REGISTRIES_MAX];                  /* by it, of status.registry */
    struct doctor_publisher publisher[POLICY_REGISTRIES_MAX]; /* of status.registry */
    char beginning[MESSAGE_OCTETS]; /* what to do where there is the starter alone */
    uint64_t answered;              /* names that the stores would answer */
    struct machine_names names;     /* that this machine needs */
    struct hosts_facts machine;
    struct resolv_conf resolv_conf;
    int resolv_conf_error;                    /* 0, or -errno: it is absent or cannot be read */
    bool homeless;                            /* there is no folder for the store */
    char outage_module_error[MESSAGE_OCTETS]; /* as status.module_error, of gitdns_outage */
    bool lacks_module_32;                     /* programs for 32 bits run here, and have none */
    struct closed_path closed[DOCTOR_FILES];  /* path is empty: open to every user */
    struct dnsdist dnsdist;                   /* for the machine's network */
    const char *start;                        /* the command that starts the daemon */
    const char *restart;                      /* and the one for where it runs but does nothing */
    const char *reload;                       /* has it read its configuration */
};

/* doctor_facts_free in the end. */
void doctor_facts_find(const struct cli *cli, struct doctor_facts *facts);
void doctor_facts_free(struct doctor_facts *facts);

#endif
