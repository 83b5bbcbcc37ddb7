/* What a run knows of a name, in the octet that records keep for it: each family's verdict over all
 * samples, and how far the present sample has come. All zero: nothing has been asked, as for what a
 * hosts file names. */
#ifndef GITDNS_PUBLISH_NAME_FINDINGS_H
#define GITDNS_PUBLISH_NAME_FINDINGS_H

#include "publish/dns.h"
#include <stdbool.h>
#include <stdint.h>

/* The families, as indices. */
enum { A, AAAA, FAMILIES };

static inline size_t family_octets(unsigned family)
{
    return family == A ? 4 : 16;
}

/* In the present sample. */
enum asked { NOT_ASKED, ASKED_FAILED, ASKED };

static inline enum verdict asked_verdict(uint8_t state, unsigned family)
{
    return (enum verdict)(state >> (2 * family) & 3);
}

static inline enum asked asked_now(uint8_t state, unsigned family)
{
    return (enum asked)(state >> (4 + 2 * family) & 3);
}

/* The state after an answer. The verdict that says more stays: an address that one of several
 * samples had is an address. */
static inline uint8_t asked_note(uint8_t state, unsigned family, enum verdict verdict)
{
    unsigned now = verdict == VERDICT_FAILED ? ASKED_FAILED : ASKED;
    unsigned best = asked_verdict(state, family);

    best = verdict > best ? verdict : best;
    return (uint8_t)((state & ~(0x33U << (2 * family))) | best << (2 * family) |
                     now << (4 + 2 * family));
}

static inline uint8_t asked_next_sample(uint8_t state)
{
    return state & 0x0f;
}

/* What the name is as a whole. No addresses of one family and no answer for the other: not known.
 */
static inline enum verdict asked_name(uint8_t state)
{
    enum verdict a = asked_verdict(state, A), aaaa = asked_verdict(state, AAAA);
    enum verdict most = a > aaaa ? a : aaaa, least = a > aaaa ? aaaa : a;

    return most == VERDICT_NODATA ? least : most;
}

/* Whether addresses of that family that were seen earlier stay: those that this run did not see or
 * could not ask for do. Where DNS says that there are none, of this family or at all, they go at
 * once: that is what the name's owner says, and what the module heeds too while DNS works. */
static inline bool asked_may_hold(uint8_t state, unsigned family)
{
    enum verdict verdict = asked_verdict(state, family);

    return verdict == VERDICT_FOUND ||
           (verdict == VERDICT_FAILED && asked_name(state) != VERDICT_NXDOMAIN);
}

#endif
