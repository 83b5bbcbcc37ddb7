/* What is wrong with a machine, gathered. */
#ifndef GITDNS_CLI_FAULTS_H
#define GITDNS_CLI_FAULTS_H

#include "base/message.h"

/* The exit status, for monitoring. */
enum health { HEALTH_FINE, HEALTH_DEGRADED, HEALTH_UNPROTECTED };

#define FAULTS_MAX 32

struct fault {
    enum health health;
    char what[MESSAGE_OCTETS];
    char mend[MESSAGE_OCTETS]; /* the command, or what to do */
};

struct faults {
    unsigned count;
    struct fault fault[FAULTS_MAX];
};

/* One more, as long as there is room. */
__attribute__((format(printf, 4, 5))) void faults_add(struct faults *faults, enum health health,
                                                      const char *mend, const char *format, ...);

/* The worst of the faults. */
enum health faults_health(const struct faults *faults);

/* `fine`, `degraded`, `not protected` */
const char *faults_word(enum health health);

#endif
