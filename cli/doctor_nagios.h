/* What doctor finds, as Nagios and what is compatible read it of a plugin: the verdict and figures
 * in the first line, what is wrong in those that follow. */
#ifndef GITDNS_CLI_DOCTOR_NAGIOS_H
#define GITDNS_CLI_DOCTOR_NAGIOS_H

#include "cli/doctor_checks.h"

void doctor_nagios_print(const struct doctor_facts *facts, const struct faults *faults);

#endif
