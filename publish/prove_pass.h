/* One pass of proofs: the given pairs are tried side by side, politely (proof.h).
 *
 * Of the names at one address a few are tried first. If none of them gets an answer, the others
 * would not either: they have the same verdict, untried. If one is reset, the others are left alone
 * until another day. */
#ifndef GITDNS_PUBLISH_PROVE_PASS_H
#define GITDNS_PUBLISH_PROVE_PASS_H

#include "publish/pairs.h"
#include "publish/problem.h"
#include "publish/progress.h"
#include "publish/records.h"

struct prove_pass {
    const struct records *records;
    struct pairs *pairs;
    bool any;         /* addresses that are not globally reachable, too */
    int64_t deadline; /* ms of CLOCK_BOOTTIME: those that are not over then are left untried */
    progress_listener *progress; /* may be NULL */
    void *context;
    unsigned first;      /* so many names are tried first, at each address; at least 1 */
    uint64_t handshakes; /* of all passes */
};

/* Sets the verdicts of the pairs whose numbers are in `due`, and puts these in another order. Takes
 * 100 octets a pair. Returns 0, E_STOPPED (what came before counts), -ENOMEM or -errno. */
int prove_pass_run(struct prove_pass *pass, size_t *due, size_t count, struct problem *problem);

#endif
