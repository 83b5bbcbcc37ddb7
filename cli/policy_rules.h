/* The names that a policy has rules for, which no configuration that may be read has to tell. */
#ifndef GITDNS_CLI_POLICY_RULES_H
#define GITDNS_CLI_POLICY_RULES_H

#include "cli/json.h"
#include "copy/policy.h"

struct policy_rule {
    char name[NAME_MAX_OCTETS + 1];
    unsigned char rules; /* enum rule */
};

/* Walks them. Start with *position = 0. Returns 1 and the next, 0 at the end, E_STORE_DAMAGED. */
int policy_rules_next(const struct policy *policy, unsigned *position, struct policy_rule *rule);

/* The registries, by the bit of their place, that have domains. */
unsigned policy_rules_owners(const struct policy *policy);

/* Those with a rule of `itself`, and as `*.NAME` those with one of `below`: a line with `label`
 * and, behind them, `tail`; nothing if there is none. */
void policy_rules_print(const struct policy *policy, const char *label, unsigned itself,
                        unsigned below, const char *tail);

/* The same as a member, an array. */
void policy_rules_print_json(struct json *json, const char *label, const struct policy *policy,
                             unsigned itself, unsigned below);

#endif
