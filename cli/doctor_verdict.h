/* What doctor finds, in one line. */
#ifndef GITDNS_CLI_DOCTOR_VERDICT_H
#define GITDNS_CLI_DOCTOR_VERDICT_H

#include "base/message.h"
#include "cli/doctor_checks.h"
#include "cli/format.h"

/* `1 name`, `5,402 names` */
const char *doctor_name_count(uint64_t names, char out[FORMAT_OCTETS]);

/* `fine: 5,402 names are answered when DNS fails` */
void doctor_verdict(const struct doctor_facts *facts, const struct faults *faults,
                    char text[MESSAGE_OCTETS]);

#endif
