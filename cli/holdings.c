#include "cli/holdings.h"
#include "cli/format.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static enum holding_verdict judge(const struct open_stores *open, const char *name, size_t len,
                                  int64_t now, unsigned place)
{
    static const enum holding_verdict verdicts[] = {
        [POLICY_NEVER] = HOLDING_NEVER,
        [POLICY_NOT_ONLY] = HOLDING_NOT_ONLY,
        [POLICY_DOMAIN] = HOLDING_DOMAIN,
    };
    enum policy_verdict verdict = policy_judge(&open->stores.policy, name, len, place);

    if (verdict != POLICY_ANSWERS)
        return verdicts[verdict];
    return now > open->stores.store[place].deadline ? HOLDING_EXPIRED : HOLDING_LATER;
}

/* The first registry that may answer, where another may not. */
static int find_owner(const struct policy *policy, const char *name, size_t len)
{
    for (unsigned i = 0; i < policy->count; i++)
        if (policy_judge(policy, name, len, i) == POLICY_ANSWERS)
            return (int)i;
    return -1;
}

void holdings_find(const struct open_stores *open, const char *name, size_t len, int64_t now,
                   struct holdings *holdings)
{
    const struct stores *stores = &open->stores;
    struct record_copy copy;
    struct record record;
    unsigned place;

    holdings->count = 0;
    holdings->winner = holdings->owner = -1;
    holdings->error = 0;
    for (unsigned i = 0; i < stores->policy.count; i++) {
        struct holding *holding = &holdings->holding[i];
        int r = stores->store[i].stamp != 0
                    ? store_find(&stores->store[i], name, len, &copy, &record)
                    : 0;

        holding->verdict = HOLDING_NONE;
        if (r < 0)
            holdings->error = r;
        if (r != 1)
            continue;
        holdings->count++;
        holding->record[text_format(&record, holding->record) - 1] = '\0';
        holding->verdict = judge(open, name, len, now, i);
        if (holding->verdict == HOLDING_DOMAIN)
            holdings->owner = find_owner(&stores->policy, name, len);
    }
    /* As the module finds it. */
    if (stores_find(stores, name, len, now, &copy, &record, &place) == 1) {
        holdings->winner = (int)place;
        holdings->holding[place].verdict = HOLDING_ANSWERS;
    }
}

const char *holdings_word(enum holding_verdict verdict)
{
    static const char *const words[] = {
        [HOLDING_NONE] = "absent",     [HOLDING_ANSWERS] = "answers", [HOLDING_LATER] = "later",
        [HOLDING_EXPIRED] = "expired", [HOLDING_NEVER] = "never",     [HOLDING_NOT_ONLY] = "only",
        [HOLDING_DOMAIN] = "domain",
    };

    return words[verdict];
}

bool holdings_are_simple(const struct open_stores *open)
{
    return open->stores.policy.count == 1 && open->stores.policy.has == 0;
}

static void print_cause(const struct open_stores *open, const struct holdings *holdings,
                        enum holding_verdict verdict)
{
    static const char *const causes[] = {
        [HOLDING_NONE] = "",
        [HOLDING_ANSWERS] = "",
        [HOLDING_LATER] = "",
        [HOLDING_EXPIRED] = "passed over, too old: ",
        [HOLDING_NEVER] = "passed over, [answer] never: ",
        [HOLDING_NOT_ONLY] = "passed over, [answer] only names others: ",
        [HOLDING_DOMAIN] = "",
    };

    if (verdict != HOLDING_DOMAIN)
        fputs(causes[verdict], stdout);
    else
        printf("passed over, in a domain of %s: ",
               holdings->owner >= 0 ? open->copies.copy[holdings->owner].name : "another");
}

void holdings_print(const struct open_stores *open, const struct holdings *holdings,
                    const char *label)
{
    int names = 0, serials = 0;

    for (unsigned i = 0; i < open->copies.count; i++) {
        int name = (int)strlen(open->copies.copy[i].name);
        int serial = snprintf(NULL, 0, "%" PRIu32, open->manifest[i].serial);

        if (holdings->holding[i].verdict == HOLDING_NONE)
            continue;
        names = name > names ? name : names;
        serials = serial > serials ? serial : serials;
    }
    for (unsigned i = 0; i < open->copies.count; i++) {
        const struct holding *holding = &holdings->holding[i];

        if (holding->verdict == HOLDING_NONE)
            continue;
        if (label != NULL)
            printf("%-11s ", label);
        printf("%c %-*s  serial %-*" PRIu32 "  ", holding->verdict == HOLDING_ANSWERS ? '*' : ' ',
               names, open->copies.copy[i].name, serials, open->manifest[i].serial);
        print_cause(open, holdings, holding->verdict);
        puts(holding->record);
        if (label != NULL)
            label = "";
    }
}

void holdings_print_json(struct json *json, const struct open_stores *open,
                         const struct holdings *holdings)
{
    json_open(json, "copies", '[');
    for (unsigned i = 0; i < open->copies.count; i++) {
        const struct holding *holding = &holdings->holding[i];

        if (holding->verdict == HOLDING_NONE)
            continue;
        json_open(json, NULL, '{');
        json_text(json, "registry", open->copies.copy[i].name);
        json_number(json, "serial", open->manifest[i].serial);
        json_text(json, "verdict", holdings_word(holding->verdict));
        json_text(json, "record", holding->record);
        json_close(json, '}');
    }
    json_close(json, ']');
}
