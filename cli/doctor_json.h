/* What doctor finds, for programs. */
#ifndef GITDNS_CLI_DOCTOR_JSON_H
#define GITDNS_CLI_DOCTOR_JSON_H

#include "cli/doctor_facts.h"
#include "cli/faults.h"

/* An object with a LF behind it. */
void doctor_json_print(const struct doctor_facts *facts, const struct faults *faults);

#endif
