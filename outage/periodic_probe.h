/* A question to DNS each so often that nobody has asked for, so that an outage is known before a
 * program waits ([outage] probe of gitdns.conf).
 *
 * It asks for names of the copy, which any program might. A name made up below somebody's domain,
 * or below the root, would be one that no cache can answer: that is work for their servers each
 * time, from every machine. What a resolver has in its cache hides an outage, though: so a name is
 * asked for again only once its TTL has ended, as long as there are others.
 */
#ifndef GITDNS_OUTAGE_PERIODIC_PROBE_H
#define GITDNS_OUTAGE_PERIODIC_PROBE_H

#include "copy/siphash.h"
#include "outage/copy_names.h"

/* What is known of so many names; two that share a place push each other out. */
#define PERIODIC_PROBE_KNOWN 8192
/* Resolvers keep nothing for longer, mostly. */
#define PERIODIC_PROBE_TTL_MAX 86400

struct periodic_probe {
    _Atomic int64_t interval; /* ms; 0: none. Any thread sets it */
    int64_t next;             /* when it is due, ms; 0: it has yet to begin */
    struct siphash_key key;
    struct {
        uint64_t hash;
        int64_t until; /* a cache may have it, ms */
    } known[PERIODIC_PROBE_KNOWN];
};

/* `probe` is of zeros: pages that nothing is written to cost nothing. */
void periodic_probe_open(struct periodic_probe *probe, int64_t interval,
                         const struct siphash_key *key);

/* Whether one is to be sent now; then the next is due an interval later. */
bool periodic_probe_is_due(struct periodic_probe *probe, int64_t now);

/* Milliseconds until one is due; -1: never. */
int periodic_probe_wait(const struct periodic_probe *probe, int64_t now);

/* A name of a public registry that is to be asked for: of some at random one that no cache has, or
 * the one that leaves it first. False: the copy has none. */
bool periodic_probe_pick(const struct periodic_probe *probe, struct copy_names *copy_names,
                         int64_t now, char name[NAME_MAX_OCTETS + 1]);

/* The name was asked for; its answer may be kept for `ttl` seconds. */
void periodic_probe_answered(struct periodic_probe *probe, const char *name, uint32_t ttl,
                             int64_t now);

#endif
