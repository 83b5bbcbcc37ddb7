/* The companion of a domain or the root, asked about at the same time: something else in it, as
 * some resolvers never answer for these themselves. */
#ifndef GITDNS_OUTAGE_ASKED_NAMES_H
#define GITDNS_OUTAGE_ASKED_NAMES_H

#include "outage/copy_names.h"
#include "outage/gates.h"

/* A dot and a name. */
#define COMPANION_OCTETS (1 + NAME_MAX_OCTETS + 1)

/* Chooses for a question about the gate; `search` is a domain of this network's own, or empty.
 * Returns true and *companion, as prober_ask takes it (`text` is room for it; NULL: none is needed,
 * or there is none); false: it needs one and has none, so that a gate would be of no use. */
bool asked_names_choose(struct copy_names *copy_names, struct gates *gates, const struct gate *gate,
                        const char *search, int64_t now, char text[COMPANION_OCTETS],
                        const char **companion);

#endif
