/* What is wrong with a machine, by the facts alone. */
#ifndef GITDNS_CLI_DOCTOR_CHECKS_H
#define GITDNS_CLI_DOCTOR_CHECKS_H

#include "cli/doctor_facts.h"

/* The exit status, for monitoring. */
enum health { HEALTH_FINE, HEALTH_DEGRADED, HEALTH_UNPROTECTED };

#define FAULTS_MAX 16

struct fault {
    enum health health;
    char what[MESSAGE_OCTETS];
    char mend[MESSAGE_OCTETS]; /* the command, or what to do */
};

struct faults {
    unsigned count;
    struct fault fault[FAULTS_MAX];
};

/* Sets `faults` to all that is wrong. */
void doctor_check(const struct doctor_facts *facts, struct faults *faults);

/* The hosts line is understood, and counts. */
bool doctor_counts_line(const struct doctor_facts *facts);

/* In a known outage, look-ups do not wait. */
bool doctor_is_instant(const struct doctor_facts *facts);

/* The worst of the faults. */
enum health doctor_health(const struct faults *faults);

/* `fine`, `degraded`, `not protected` */
const char *doctor_word(enum health health);

#endif
