/* What `gitdns doctor` finds: the facts, and what is wrong with them. */
#ifndef GITDNS_CLI_DOCTOR_CHECKS_H
#define GITDNS_CLI_DOCTOR_CHECKS_H

#include "base/resolv_conf.h"
#include "cli/dns_failures.h"
#include "cli/status.h"
#include "hosts_line/rule.h"

/* The exit status, for monitoring. */
enum health { HEALTH_FINE, HEALTH_DEGRADED, HEALTH_UNPROTECTED };

#define PROBLEMS_MAX 16

struct problem {
    enum health health;
    char what[MESSAGE_OCTETS];
    char mend[MESSAGE_OCTETS]; /* the command, or what to do */
};

struct doctor {
    struct status status;
    struct hosts_facts facts;
    struct resolv_conf resolv_conf;
    bool readable; /* the hosts line is understood, and counts */
    bool instant;  /* in a known outage, look-ups do not wait */
    unsigned problems;
    struct problem problem[PROBLEMS_MAX];
};

/* Reads all that counts and finds what is wrong. */
void doctor_examine(const struct cli *cli, struct doctor *doctor);

/* The worst of the problems. */
enum health doctor_health(const struct doctor *doctor);

/* `fine`, `degraded`, `not protected` */
const char *doctor_word(enum health health);

#endif
