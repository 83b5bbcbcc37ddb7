/* What a run knows of a name, in the octet that records keep for it: each family's finding over all
 * samples, and how far the present sample has come. All zero: nothing has been asked, as for what a
 * hosts file names. */
#ifndef GITDNS_PUBLISH_NAME_FINDINGS_H
#define GITDNS_PUBLISH_NAME_FINDINGS_H

#include "dns/dns.h"
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

static inline enum finding findings_of(uint8_t findings, unsigned family)
{
    return (enum finding)(findings >> (2 * family) & 3);
}

static inline enum asked findings_asked(uint8_t findings, unsigned family)
{
    return (enum asked)(findings >> (4 + 2 * family) & 3);
}

/* The findings after an answer. The one that says more stays: an address that one of several
 * samples had is an address. */
static inline uint8_t findings_note(uint8_t findings, unsigned family, enum finding finding)
{
    unsigned now = finding == FINDING_FAILED ? ASKED_FAILED : ASKED;
    unsigned best = findings_of(findings, family);

    best = finding > best ? finding : best;
    return (uint8_t)((findings & ~(0x33U << (2 * family))) | best << (2 * family) |
                     now << (4 + 2 * family));
}

static inline uint8_t findings_next_sample(uint8_t findings)
{
    return findings & 0x0f;
}

/* What the name is as a whole. No addresses of one family and no answer for the other: not known.
 */
static inline enum finding findings_whole(uint8_t findings)
{
    enum finding a = findings_of(findings, A), aaaa = findings_of(findings, AAAA);
    enum finding most = a > aaaa ? a : aaaa, least = a > aaaa ? aaaa : a;

    return most == FINDING_NODATA ? least : most;
}

/* Whether DNS says that the name has no address. */
static inline bool findings_is_denied(uint8_t findings)
{
    enum finding whole = findings_whole(findings);

    return whole == FINDING_NXDOMAIN || whole == FINDING_NODATA;
}

/* Whether addresses of that family that were seen earlier stay: those that this run did not see or
 * could not ask for do. Where DNS says that there are none, of this family or at all, they go at
 * once: that is what the name's owner says, and what the module heeds too while DNS works. Proof
 * may say otherwise (proven.h). */
static inline bool findings_may_hold(uint8_t findings, unsigned family)
{
    enum finding finding = findings_of(findings, family);

    return finding == FINDING_FOUND ||
           (finding == FINDING_FAILED && findings_whole(findings) != FINDING_NXDOMAIN);
}

#endif
