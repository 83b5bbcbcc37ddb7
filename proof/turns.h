/* Whose turn it is: which of many handshakes may begin. At one address one begins in a second, in
 * one network two are under way, in all as many as was said, and so many in a second. Networks take
 * turns, in an order that chance gives, and the addresses in each.
 *
 * Pure: `now` is in milliseconds of any clock that does not go back. */
#ifndef GITDNS_PROOF_TURNS_H
#define GITDNS_PROOF_TURNS_H

#include "proof/proof.h"

struct turns;

struct turn {
    uint32_t item;
    uint32_t address, network; /* for turns_end */
};

/* For the `count` of the items that `order` has the indexes of; it becomes the turns' own. rate 0:
 * no bound. Returns 0 and *turns, or -ENOMEM. */
int turns_open(struct turns **turns, const struct proof_item *items, uint32_t *order,
               uint32_t count, unsigned parallel, unsigned rate);
void turns_close(struct turns *turns); /* NULL is fine */

/* Sets *turn to what begins now, and returns true; or *wait_ms to when something may, and returns
 * false: INT64_MAX: not before one ends. */
bool turns_next(struct turns *turns, int64_t now, struct turn *turn, int64_t *wait_ms);

/* It is over; `again`: it wants another turn. */
void turns_end(struct turns *turns, const struct turn *turn, bool again);

/* How it goes, as far as that is known. */
struct turns_pace {
    double each;    /* turns of an item */
    double mean_ms; /* that one takes */
    double gap_ms;  /* between two that begin; 0: not known */
    double last_ms; /* that the last ones take */
};

/* How long it takes until all are over. */
int64_t turns_left_ms(const struct turns *turns, const struct turns_pace *pace);

#endif
