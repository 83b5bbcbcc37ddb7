#include "cli/policy_rules.h"
#include "base/error.h"
#include "registry/name.h"
#include <stdio.h>
#include <string.h>

/* So many are shown to people. */
#define SHOWN 8

int policy_rules_next(const struct policy *policy, unsigned *position, struct policy_rule *rule)
{
    struct cdb cdb = policy->store.cdb;
    const void *key, *value;
    unsigned len, before;

    if (policy->store.stamp == 0)
        return 0;
    if (*position == 0)
        cdb_seqinit(position, &cdb);
    do {
        int r;

        before = *position;
        r = cdb_seqnext(position, &cdb);
        if (r <= 0)
            return r < 0 ? E_STORE_DAMAGED : 0;
        len = cdb_keylen(&cdb);
        key = cdb_getkey(&cdb);
        value = cdb_getdata(&cdb);
        /* Lengths that wrap around would lead the walk back. */
        if (*position <= before || key == NULL || value == NULL || len == 0 ||
            len > NAME_MAX_OCTETS)
            return E_STORE_DAMAGED;
        memcpy(rule->name, key, len);
        rule->name[len] = '\0';
    } while (len == 1 && rule->name[0] <= STORE_KEY_DEADLINE);
    if (cdb_datalen(&cdb) != 1 || name_check(rule->name, len) < 0)
        return E_STORE_DAMAGED;
    rule->rules = *(const unsigned char *)value;
    return 1;
}

unsigned policy_rules_owners(const struct policy *policy)
{
    struct policy_rule rule;
    unsigned position = 0, owners = 0;

    while (policy_rules_next(policy, &position, &rule) == 1)
        owners |= rule.rules / RULE_DOMAIN;
    return owners;
}

void policy_rules_print(const struct policy *policy, const char *label, unsigned itself,
                        unsigned below, const char *tail)
{
    unsigned position = 0, count = 0;
    struct policy_rule rule;

    while (policy_rules_next(policy, &position, &rule) == 1) {
        const unsigned bits[] = {itself, below};

        for (int i = 0; i < 2; i++) {
            if ((rule.rules & bits[i]) == 0 || count++ >= SHOWN)
                continue;
            if (count == 1)
                printf("%-11s ", label);
            printf("%s%s%s", count > 1 ? ", " : "", i == 1 ? "*." : "", rule.name);
        }
    }
    if (count > SHOWN)
        printf(" and %u more", count - SHOWN);
    if (count > 0)
        printf("%s\n", tail);
}

void policy_rules_print_json(struct json *json, const char *label, const struct policy *policy,
                             unsigned itself, unsigned below)
{
    char wildcard[sizeof "*." + NAME_MAX_OCTETS];
    struct policy_rule rule;
    unsigned position = 0;

    json_open(json, label, '[');
    while (policy_rules_next(policy, &position, &rule) == 1) {
        if ((rule.rules & itself) != 0)
            json_text(json, NULL, rule.name);
        snprintf(wildcard, sizeof wildcard, "*.%s", rule.name);
        if ((rule.rules & below) != 0)
            json_text(json, NULL, wildcard);
    }
    json_close(json, ']');
}
