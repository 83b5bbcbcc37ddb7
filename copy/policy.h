/* Which registries answer, in which order, and which names they may answer: `policy.cdb`, which
 * gitdns-syncd makes of the configuration, since no process is to read that.
 *
 * It is a store (store_read.h) with a page that says which registries there are, and for each name
 * of a rule an octet of the rules that begin at it. Where there is none, the registry in the copy's
 * own folder answers, whatever it holds. Nothing here allocates or prints.
 */
#ifndef GITDNS_COPY_POLICY_H
#define GITDNS_COPY_POLICY_H

#include "copy/copy.h"
#include "copy/store_read.h"
#include "registry/registry.h"
#include <stdbool.h>

#define POLICY_FILE "policy.cdb"
#define POLICY_REGISTRIES_MAX 4

/* The folders of registries that have a section of their name, within the copy's. */
#define REGISTRIES_FOLDER "registries"

/* What fits into a configuration is less. */
#define POLICY_FILE_MAX (4u << 20)

/* The page: format, what there is, number of registries; of each the length of its name (0: the
 * one in the copy's own folder) with POLICY_PRIVATE if all its names are private, and the name. If
 * there are rules, or names whose denial is doubted, their filter. */
#define POLICY_FORMAT 1
#define POLICY_KEY_PAGE STORE_KEY_MANIFEST
#define POLICY_FILTER_OCTETS 256
#define POLICY_PAGE_OCTETS                                                                         \
    (3 + POLICY_REGISTRIES_MAX * (1 + REGISTRY_NAME_MAX) + POLICY_FILTER_OCTETS)

/* Bits of a rule's octet; those from RULE_DOMAIN on say whose domain it is. */
enum rule {
    RULE_NEVER = 1,
    RULE_NEVER_BELOW = 2,
    RULE_ONLY = 4,
    RULE_ONLY_BELOW = 8,
    RULE_DOMAIN = 16, /* << the registry's place */
};

/* In front of a name for which DNS's no is doubted: a key of its own, of one octet, which is DOUBT
 * or DOUBT_BELOW or both, as the rules' octet is full. */
#define POLICY_KEY_DOUBT '?'
enum doubt { DOUBT = 1, DOUBT_BELOW = 2 };

/* Of the page's second octet. */
#define POLICY_HAS_RULES 1
#define POLICY_HAS_ONLY 2
#define POLICY_HAS_DOUBTS 4
/* Of the octet before a name. */
#define POLICY_PRIVATE 0x80

struct policy {
    struct store store; /* mapped if its stamp is not 0 */
    unsigned char has;
    unsigned count;
    char name[POLICY_REGISTRIES_MAX][REGISTRY_NAME_MAX + 1]; /* empty: in the copy's own folder */
    bool private[POLICY_REGISTRIES_MAX];
    unsigned char filter[POLICY_FILTER_OCTETS]; /* a bit for each name of a rule: policy_bit */
};

/* What holds where there is no file. */
void policy_default(struct policy *policy);

/* Opens it in the open folder `directory`. `range` as store_open_in's, or NULL. Returns 0,
 * E_STORE_DAMAGED or -errno; -ENOENT and the default. policy_close unless `range` is given. */
int policy_open(struct policy *policy, int directory, struct store_range *range);

/* The same by the folder's path. */
int policy_read(struct policy *policy, const char *directory);
void policy_close(struct policy *policy);

/* Where the store of the registry in that place lies, in the folder of the copy. */
#define POLICY_STORE_OCTETS (sizeof REGISTRIES_FOLDER + 1 + REGISTRY_NAME_MAX + sizeof STORE_FILE)
void policy_store_file(const struct policy *policy, unsigned place, char out[POLICY_STORE_OCTETS]);

/* The bit of the filter for a name: what tells it from most others at a glance. Nearly all names
 * have no rule, and need not be looked up. */
static inline unsigned policy_bit(const char *name, size_t len)
{
    return ((unsigned)len * 67 + (unsigned char)name[0] * 31U + (unsigned char)name[len / 2]) %
           (POLICY_FILTER_OCTETS * 8);
}

/* Why a name, in normal form, is not answered by the registry in that place. */
enum policy_verdict {
    POLICY_ANSWERS,
    POLICY_NEVER,    /* [answer] never */
    POLICY_NOT_ONLY, /* [answer] only names others */
    POLICY_DOMAIN,   /* it lies in a domain of another registry */
};

enum policy_verdict policy_judge(const struct policy *policy, const char *name, size_t len,
                                 unsigned place);

/* Whether the name, in normal form, lies in a domain of other registries than that one, which is
 * not to say of it where it is: not as an alias's canonical name either. */
bool policy_is_of_others(const struct policy *policy, const char *name, size_t len, unsigned place);

/* Whether DNS's no to the name, in normal form, is doubted ([answer] denied). */
bool policy_doubts(const struct policy *policy, const char *name, size_t len);

/* policy_judge in nearly every process there is. */
static inline bool policy_answers(const struct policy *policy, const char *name, size_t len,
                                  unsigned place)
{
    return policy->has == 0 || policy_judge(policy, name, len, place) == POLICY_ANSWERS;
}

#endif
