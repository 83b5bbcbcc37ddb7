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

/* Another name for a question about the gate, which has had no answer so far: of the copy, and
 * asked for itself, since some resolvers answer for those on a list alone. False: there is none. */
bool asked_names_another(struct copy_names *copy_names, const struct gates *gates,
                         const struct gate *gate, int64_t now, char name[NAME_MAX_OCTETS + 1]);

#endif
