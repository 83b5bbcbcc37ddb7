#include "copy/policy.h"
#include "base/error.h"
#include "copy/copy.h"
#include "registry/name.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void policy_default(struct policy *policy)
{
    policy->store.stamp = 0;
    policy->has = 0;
    policy->count = 1;
    policy->name[0][0] = '\0';
    policy->private[0] = false;
}

/* Reads the registries at *at. */
static int read_registries(struct policy *policy, const unsigned char *page, int len, int *at)
{
    for (unsigned i = 0; i < policy->count; i++) {
        int head = *at < len ? page[(*at)++] : REGISTRY_NAME_MAX + 1;
        int octets = head & ~POLICY_PRIVATE;

        if (octets > REGISTRY_NAME_MAX || octets > len - *at)
            return E_STORE_DAMAGED;
        policy->private[i] = (head & POLICY_PRIVATE) != 0;
        memcpy(policy->name[i], page + *at, (size_t)octets);
        policy->name[i][octets] = '\0';
        *at += octets;
        if (octets > 0 && registry_name_check(policy->name[i], (size_t)octets) != 0)
            return E_STORE_DAMAGED;
    }
    return 0;
}

/* Nothing of a damaged page is taken. */
static int read_page(struct policy *policy)
{
    unsigned char page[POLICY_PAGE_OCTETS];
    int len = store_meta(&policy->store, POLICY_KEY_PAGE, page, sizeof page), at = 3, r;

    if (len < at || page[0] != POLICY_FORMAT || page[2] == 0 || page[2] > POLICY_REGISTRIES_MAX)
        return E_STORE_DAMAGED;
    /* Nobody is to walk through gigabytes of another user's. */
    if (policy->store.cdb.cdb_fsize > POLICY_FILE_MAX)
        return E_STORE_DAMAGED;
    policy->has = page[1];
    policy->count = page[2];
    r = read_registries(policy, page, len, &at);
    if (r != 0)
        return r;
    if (policy->has != 0 && len - at >= POLICY_FILTER_OCTETS) {
        memcpy(policy->filter, page + at, POLICY_FILTER_OCTETS);
        at += POLICY_FILTER_OCTETS;
    }
    return at == len && (policy->has == 0 || at > POLICY_FILTER_OCTETS) ? 0 : E_STORE_DAMAGED;
}

/* Without printf, which needs more stack than some threads have. */
void policy_store_file(const struct policy *policy, unsigned place, char out[POLICY_STORE_OCTETS])
{
    const char *name = policy->name[place];
    size_t len = strlen(name);

    if (len > 0) {
        memcpy(out, REGISTRIES_FOLDER "/", sizeof REGISTRIES_FOLDER);
        out += sizeof REGISTRIES_FOLDER;
        memcpy(out, name, len + 1);
        out += len;
        *out++ = '/';
    }
    memcpy(out, STORE_FILE, sizeof STORE_FILE);
}

int policy_open(struct policy *policy, int directory, struct store_range *range)
{
    struct store store;
    int r = store_open_in(range, &store, directory, POLICY_FILE);

    policy_default(policy);
    if (r != 0)
        return r;
    policy->store = store;
    r = read_page(policy);
    if (r == 0)
        return 0;
    if (range != NULL)
        store_range_free(range);
    else
        store_unmap(&policy->store);
    policy_default(policy);
    return r;
}

int policy_read(struct policy *policy, const char *directory)
{
    int folder = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC), r;

    if (folder < 0) {
        policy_default(policy);
        return -errno;
    }
    r = policy_open(policy, folder, NULL);
    close(folder);
    return r;
}

void policy_close(struct policy *policy)
{
    if (policy->store.stamp != 0)
        store_unmap(&policy->store);
    policy->store.stamp = 0;
}

static bool may_have(const struct policy *policy, const char *name, size_t len)
{
    unsigned bit = policy_bit(name, len);

    return (policy->filter[bit / 8] & (1U << bit % 8)) != 0;
}

/* The rules that begin at the name, as bits. */
static unsigned rules_at(const struct policy *policy, const char *name, size_t len)
{
    unsigned char rules = 0;

    if (may_have(policy, name, len))
        store_value(&policy->store, name, len, &rules, 1);
    return rules;
}

enum policy_verdict policy_judge(const struct policy *policy, const char *name, size_t len,
                                 unsigned place)
{
    const char *end = name + len, *at = name;
    bool only = (policy->has & POLICY_HAS_ONLY) == 0;
    unsigned never = RULE_NEVER, alone = RULE_ONLY, owners = 0;

    /* The name itself, then each domain above it. */
    while (at < end) {
        unsigned rules = rules_at(policy, at, (size_t)(end - at));
        const char *dot;

        if ((rules & never) != 0)
            return POLICY_NEVER;
        only = only || (rules & alone) != 0;
        /* Of domains within each other the innermost counts. */
        if (owners == 0)
            owners = rules / RULE_DOMAIN;
        never = RULE_NEVER_BELOW;
        alone = RULE_ONLY_BELOW;
        dot = memchr(at, '.', (size_t)(end - at));
        at = dot != NULL ? dot + 1 : end;
    }
    if (!only)
        return POLICY_NOT_ONLY;
    return owners == 0 || (owners & (1U << place)) != 0 ? POLICY_ANSWERS : POLICY_DOMAIN;
}

bool policy_is_of_others(const struct policy *policy, const char *name, size_t len, unsigned place)
{
    const char *end = name + len, *at = name;
    unsigned owners = 0;

    while (at < end && owners == 0) {
        const char *dot = memchr(at, '.', (size_t)(end - at));

        owners = rules_at(policy, at, (size_t)(end - at)) / RULE_DOMAIN;
        at = dot != NULL ? dot + 1 : end;
    }
    return owners != 0 && (owners & (1U << place)) == 0;
}

static unsigned doubts_at(const struct policy *policy, const char *name, size_t len)
{
    char key[1 + NAME_MAX_OCTETS] = {POLICY_KEY_DOUBT};
    unsigned char doubts = 0;

    if (len > NAME_MAX_OCTETS || !may_have(policy, name, len))
        return 0;
    memcpy(key + 1, name, len);
    store_value(&policy->store, key, 1 + len, &doubts, 1);
    return doubts;
}

bool policy_doubts(const struct policy *policy, const char *name, size_t len)
{
    const char *end = name + len, *at = name;
    unsigned doubt = DOUBT;

    if ((policy->has & POLICY_HAS_DOUBTS) == 0)
        return false;
    while (at < end) {
        const char *dot;

        if ((doubts_at(policy, at, (size_t)(end - at)) & doubt) != 0)
            return true;
        doubt = DOUBT_BELOW;
        dot = memchr(at, '.', (size_t)(end - at));
        at = dot != NULL ? dot + 1 : end;
    }
    return false;
}
