/* The guards against publishing a disaster:
 *
 *   no names at all. Not even --force publishes that, as every client refuses it;
 *   more than a tenth of the names that may exist, rounded up, for which all answers were failures:
 * the resolvers, or the way to them, do not do; fewer than 90 % of the last serial's names, not
 * counting those that a list of names has no more; one address whose share of the names grew by
 * more than 50 points since the last serial, 10 points from 1,000 names on. A fixed share would not
 * do: in small lists a fifth to a half of the names at one address is usual. A hosts file has no
 * names that it only lost: one that was cut off looks like one that somebody made shorter.
 */
#ifndef GITDNS_PUBLISH_GUARDS_H
#define GITDNS_PUBLISH_GUARDS_H

#include "publish/problem.h"
#include "publish/shares.h"
#include "registry/manifest.h"
#include <stdbool.h>

/* Points of the names (percent) by which an address may grow in a registry of so many names. */
unsigned guard_points(uint64_t names);

/* Returns 0 or E_GUARD_NO_NAMES; `source`: what was read. */
int guard_names(uint64_t names, const char *source, struct problem *problem);

/* `names`: asked for, and not NXDOMAIN. Returns 0 or E_GUARD_FAILED. */
int guard_failed(uint64_t failed, uint64_t names, const char *source, struct problem *problem);

/* `last`: the serial that stands; so many of its names were `dropped` on purpose. `shares`: found
 * with guard_points, counted in both. Returns 0, E_GUARD_FEWER or E_GUARD_SHARE. */
int guard_change(uint64_t names, const struct manifest *last, uint64_t dropped,
                 const struct shares *shares, struct problem *problem);

/* Whether a guard has refused what a run that follows would find again: somebody has to look. */
bool guard_stands(int code);

#endif
