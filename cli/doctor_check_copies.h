/* What is wrong with the copies and with the policy by which they answer, by the facts alone. */
#ifndef GITDNS_CLI_DOCTOR_CHECK_COPIES_H
#define GITDNS_CLI_DOCTOR_CHECK_COPIES_H

#include "cli/doctor_facts.h"
#include "cli/faults.h"

void doctor_check_policy(const struct doctor_facts *facts, struct faults *faults);

/* Each copy: whether it is there, too old, or soon, or held back. While one that programs ask is
 * good the machine is protected. */
void doctor_check_copies(const struct doctor_facts *facts, struct faults *faults);

/* Whether each is refreshed. */
void doctor_check_rounds(const struct doctor_facts *facts, struct faults *faults);

#endif
