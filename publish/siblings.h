/* Names that are likely to be served by the same machines: those with one canonical name, and those
 * of one domain, which is the highest name above them that the list has as well. */
#ifndef GITDNS_PUBLISH_SIBLINGS_H
#define GITDNS_PUBLISH_SIBLINGS_H

#include "publish/pairs.h"
#include "publish/records.h"

/* For each name that has fewer than PROVEN_ENOUGH proven addresses, adds up to `tries` proven ones
 * of its siblings, picked at random, which the name was not tried at this week; none of a family
 * that DNS says it has not, and none for names of --private-names. `pairs` are sorted, before and
 * after. Returns 0 or -ENOMEM. */
int siblings_add(const struct records *records, struct pairs *pairs, unsigned tries);

/* Whether the pair was added so, and has not been tried. */
bool sibling_is_new(const struct pair *pair);

#endif
