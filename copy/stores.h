/* The stores that answer, in their order: one for each registry. The first that has a name answers
 * with the whole of its record; records are never merged. One that is expired, damaged or not there
 * counts as absent. */
#ifndef GITDNS_COPY_STORES_H
#define GITDNS_COPY_STORES_H

#include "copy/policy.h"

#define STORES_MAX POLICY_REGISTRIES_MAX
/* The policy's first. */
#define STORES_RANGES (1 + STORES_MAX)

struct stores {
    struct policy policy;
    uint64_t policy_stamp;          /* of the file it was read from; 0: there was none */
    struct store store[STORES_MAX]; /* mapped if its stamp is not 0; else it has expired for good */
    int error[STORES_MAX];          /* why it is not: -errno or a code of base/error.h */
    uint64_t stamp[STORES_MAX];     /* of the file that was opened, or tried; 0: there was none */
};

/* Opens what lies in the folder `directory`. `ranges`: STORES_RANGES empty ones for the mappings,
 * which stores_free gives back; or NULL, and stores_close does. Returns 0, whatever became of
 * single stores, or what is wrong with the policy, and nothing is open. */
int stores_open(struct stores *stores, const char *directory, struct store_range *ranges);
void stores_close(struct stores *stores);
void stores_free(struct store_range *ranges);

/* As they are while nothing has been opened yet. */
extern const struct stores stores_none;

/* 0 if the files in the folder are those that were opened; else a word for those that lie there
 * now. `gone`: one that cannot be seen any more is a change, too. errno may change. */
uint64_t stores_look(const struct stores *stores, const char *directory, bool gone);

/* Looks a name up at `now`, Unix time, as store_find does in one. Returns 1, the record and the
 * *place of its registry; 0: none has it, or may answer it. An alias of a name in another
 * registry's domain is given as none. Any number of threads at once. In the caller's own code, for
 * most have one registry and no rules. */
static inline int stores_find(const struct stores *stores, const char *name, size_t len,
                              int64_t now, struct record_copy *copy, struct record *record,
                              unsigned *place)
{
    for (unsigned i = 0; i < stores->policy.count; i++)
        if (now <= stores->store[i].deadline &&
            store_find(&stores->store[i], name, len, copy, record) == 1 &&
            policy_answers(&stores->policy, name, len, i)) {
            if (record->cname != NULL && stores->policy.has != 0 &&
                policy_is_of_others(&stores->policy, record->cname, record->cname_len, i)) {
                record->cname = NULL;
                record->cname_len = 0;
            }
            *place = i;
            return 1;
        }
    return 0;
}

#endif
