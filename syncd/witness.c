#include "witness.h"
#include <sodium.h>
#include <string.h>

/* So many names of the copy are looked at for one that will do. */
#define PICKS_MAX 256

static bool is_covered(const struct gates *gates, const char *name, int64_t now)
{
    return board_has_name(gates->board, name, strlen(name), (uint32_t)(now / 1000));
}

/* A name of the copy, with a dot in front, in what the gate would cover and no narrower one does.
 */
static bool pick(struct known *known, const struct gates *gates, const struct gate *gate,
                 int64_t now, char text[WITNESS_OCTETS])
{
    /* Of the root no name will do that lies in what may be out by itself: one domain can have most
     * of the copy. */
    bool root = gate->len == 0;
    /* A domain that is out covers all its names by itself. */
    bool any = gate->state == GATE_OUT && !root;

    text[0] = '.';
    for (int i = 0; i < PICKS_MAX; i++)
        if (known_pick(known, gate_subject(gate), text + 1) &&
            (any ||
             !(root ? gates_lies_in_suspect(gates, text + 1) : is_covered(gates, text + 1, now))))
            return true;
    /* Of a copy of one domain alone, that is everything. */
    return root && known_pick(known, "", text + 1);
}

/* The name that brought the gate about; of the root, one that is out. */
static const char *victim_of(struct gates *gates, const struct gate *gate)
{
    if (gate->len == 0)
        return gates_victim(gates);
    return gate->at > 0 ? gate->name : NULL;
}

bool witness_choose(struct known *known, struct gates *gates, const struct gate *gate, int64_t now,
                    char text[WITNESS_OCTETS], const char **witness)
{
    const char *victim = victim_of(gates, gate);
    /* Now and then, since it may be the only one that ever clears what is out. */
    bool by_victim = victim != NULL && gate->state == GATE_OUT &&
                     gate->wait > GATES_RETRY_FIRST_MS && randombytes_uniform(2) == 0;
    bool by_itself = gate->at > 0 && strchr(gate_subject(gate) + 1, '.') != NULL;

    *witness = NULL;
    if (!gate_is_wide(gate))
        return true;
    if (!by_victim && pick(known, gates, gate, now, text))
        *witness = text;
    else if (gate->state == GATE_OUT || by_itself)
        *witness = victim;
    return *witness != NULL || gate->at == 0;
}
