#include "outage/denial_proof.h"
#include "base/clock.h"
#include "proof/proof.h"
#include <string.h>

/* How long one step waits, so that an end is not waited for. */
#define STEP_MS 200

static void add(struct proof_item items[DENIAL_PROOF_ADDRESSES], size_t *count, const char *name,
                const unsigned char *address, uint8_t octets)
{
    if (*count == DENIAL_PROOF_ADDRESSES)
        return;
    items[*count] = (struct proof_item){.name = name, .octets = octets};
    memcpy(items[(*count)++].address, address, octets);
}

static void take(void *user, size_t item, const struct proof_result *result)
{
    bool *proven = user;

    (void)item;
    *proven = *proven || result->verdict == PROOF_PROVEN;
}

bool denial_proof_holds(const char *name, const struct record *record, const atomic_bool *ends)
{
    const struct proof_limits limits = {.parallel = DENIAL_PROOF_ADDRESSES,
                                        .timeout_ms = DENIAL_PROOF_HANDSHAKE_MS,
                                        .deadline = clock_ms(CLOCK_BOOTTIME) + DENIAL_PROOF_MS};
    struct proof_item items[DENIAL_PROOF_ADDRESSES];
    struct proving *proving;
    bool proven = false;
    size_t count = 0;

    /* Of each family some, as one of them may not be there. */
    for (unsigned i = 0; i < record->n4 || i < record->n6; i++) {
        if (i < record->n4)
            add(items, &count, name, record->ipv4 + i * 4, 4);
        if (i < record->n6)
            add(items, &count, name, record->ipv6 + i * 16, 16);
    }
    if (proving_open(&proving, items, count, &limits, take, &proven) != 0)
        return false;
    while (!proven && !*ends && proving_step(proving, STEP_MS) == 1)
        ;
    proving_close(proving);
    return proven;
}
