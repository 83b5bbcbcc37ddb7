/* What is wrong with a machine, by the facts alone. */
#ifndef GITDNS_CLI_DOCTOR_CHECKS_H
#define GITDNS_CLI_DOCTOR_CHECKS_H

#include "cli/dns_failures.h"
#include "cli/doctor_facts.h"
#include "cli/faults.h"

/* Sets `faults` to all that is wrong. */
void doctor_check(const struct doctor_facts *facts, struct faults *faults);

/* The hosts line is understood, and counts. */
bool doctor_counts_line(const struct doctor_facts *facts);

/* Whether the copy answers when DNS fails in this way: it is reached, loads, and is not too old. */
bool doctor_answers(const struct doctor_facts *facts, const struct dns_failure *failure);

/* How many names are answered when DNS fails. */
uint64_t doctor_answered(const struct doctor_facts *facts);

/* There is an outage that is known here. */
bool doctor_is_out(const struct doctor_facts *facts);

/* In a known outage, look-ups do not wait. */
bool doctor_is_instant(const struct doctor_facts *facts);

#endif
