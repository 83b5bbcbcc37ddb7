/* One pass over the names: those that stand at `which` in the present sample are asked for, in the
 * order of the list, as many at a time as the pace allows, at no more than the given rate. */
#ifndef GITDNS_PUBLISH_ASKING_PASS_H
#define GITDNS_PUBLISH_ASKING_PASS_H

#include "publish/name_findings.h"
#include "publish/pace.h"
#include "publish/records.h"
#include <stdint.h>

struct asking_pass {
    struct dns *dns;
    const struct records *records; /* `take` may add addresses */
    enum asked which;
    struct pace *pace;
    unsigned parallel; /* names under way, at most */
    unsigned rate;     /* questions a second; 0: no bound */
    void *context;
    /* What came of one name; NULL for a family that was not asked for. Returns 0 or what ends the
     * pass. */
    int (*take)(void *context, uint32_t id, const struct answer *answer[FAMILIES]);
    /* Called several times a second. Returns 0 or what ends the pass. */
    int (*tick)(void *context);
    uint64_t questions; /* out: how many were asked */
};

/* Returns 0, -ENOMEM, -errno, or what `take` or `tick` returned. */
int asking_pass_run(struct asking_pass *pass);

#endif
