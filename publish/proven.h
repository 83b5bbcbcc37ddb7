/* What proof says of a name's addresses: which are tried, which stay, and in which order. Pure.
 *
 * An address stays while DNS gives it or --hold holds it, and one that was proven as long as it is,
 * for PROVEN_STAYS hours after that. One that DNS does not give any more and that has failed twice
 * in a row goes; but where none of a name's addresses has ever answered, as of a time server, that
 * they do not says nothing. Where DNS denies the name as a whole, what was proven stays for
 * PROVEN_DENIED hours after DNS last gave it, unless it fails twice, and all else goes at once.
 *
 * Another's certificate is a failure where the name has a proven address, and else no proof: the
 * address is open. */
#ifndef GITDNS_PUBLISH_PROVEN_H
#define GITDNS_PUBLISH_PROVEN_H

#include "proof/proof.h"
#include "publish/pairs.h"

/* Hours. The latter two are a day and a week, less what a timer may be early. */
#define PROVEN_STAYS (60 * 24)
#define PROVEN_DENIED (7 * 24)
#define PROVEN_AGAIN 20
#define PROVEN_WEEK 156
/* After so many failures in a row an address goes. */
#define PROVEN_FAILS 2
/* A name that has fewer proven ones is tried at those of its siblings. */
#define PROVEN_ENOUGH 3

/* In the order in which addresses are published. */
enum place { PLACE_GIVEN_PROVEN, PLACE_PROVEN, PLACE_GIVEN, PLACE_HELD, PLACE_NONE };

/* Whether the last proof was one. */
bool proven_is(const struct pair *pair);

/* How many of a name's pairs are proven. */
unsigned proven_count(const struct pair *pairs, size_t count);

/* Whether it is time to prove the name's pair `i`: at once if that was never done, in a week, or in
 * a day if it failed, or is the name's best although DNS does not give it any more. */
bool proven_is_due(const struct pair *pairs, size_t count, size_t i);

/* Takes in the verdicts of a name's pairs. Of those with `lost` for their family (IPv4, IPv6)
 * proofs alone count. `ago`: as if that was long ago the first time, so that pairs that were first
 * tried together are not due together. */
void proven_note(struct pair *pairs, size_t count, const bool lost[2], uint16_t ago);

/* Decides the name's places. `required`: none but proven addresses have one. */
void proven_decide(struct pair *pairs, size_t count, bool required);

/* Whether the pair is to be remembered: it has a place, or was tried this week and need not be
 * again. After proven_decide. */
bool proven_is_kept(const struct pair *pair);

enum proven_name { NAME_PROVEN, NAME_OPEN, NAME_WITHOUT };
#define PROVEN_NAMES (NAME_WITHOUT + 1)

/* What the name is as a whole, by those that have a place. */
enum proven_name proven_name(const struct pair *pairs, size_t count);

#endif
