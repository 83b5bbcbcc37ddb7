/* The rule of hosts_edit.h on a parsed line: what is asked of it, what comes out, what to propose
 * where that cannot be. */
#ifndef GITDNS_CLI_HOSTS_RULE_H
#define GITDNS_CLI_HOSTS_RULE_H

#include "cli/hosts_edit.h"

/* Makes of `line` what the rule says; start and end of its services mean nothing any more. Returns
 * false, and why and what to write instead in `refusal`, where it may not be edited. */
bool rule_apply(struct hosts_line *line, const struct hosts_facts *facts,
                struct hosts_refusal *refusal);

void rule_take_out_own(struct hosts_line *line);

/* Whether both name the same services with the same actions. */
bool rule_same(const struct hosts_line *a, const struct hosts_line *b);

/* Whether the service's action ends the look-up where it denies that a name exists. */
bool rule_ends_denied(const struct hosts_service *service);

/* The line, with `hosts:` before it, as a person may write it; NULL: the recommended one. */
void rule_propose(const struct hosts_line *line, char out[REACH_LINE_OCTETS]);

#endif
