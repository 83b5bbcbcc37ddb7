#include "outage/asked_names.h"
#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* So many names of the copy are looked at for one that will do. */
#define PICKS_MAX 256
/* How rarely one is asked for where nothing is suspected. */
#define ELSEWHERE_TURN 8

static bool is_covered(const struct gates *gates, const char *name, int64_t now)
{
    return board_has_name(gates->board, name, strlen(name), (uint32_t)(now / 1000));
}

/* Whether the name will do for a domain: it is in the copy and may be asked about, and no narrower
 * gate covers it. */
static bool will_do(struct copy_names *copy_names, const struct gates *gates,
                    const struct gate *gate, const char *name, int64_t now)
{
    /* What is out covers all its names by itself. */
    return copy_names_may_ask(copy_names, name) && strcmp(name, gate->name) != 0 &&
           (gate->state == GATE_OUT || !is_covered(gates, name, now));
}

/* `DOMAIN` and `www.DOMAIN`, which a large copy has no better way to find. */
static bool pick_usual(struct copy_names *copy_names, const struct gates *gates,
                       const struct gate *gate, int64_t now, char text[COMPANION_OCTETS])
{
    const char *domain = gate_subject(gate);

    for (int i = 0; i < 2; i++) {
        int len = snprintf(text, COMPANION_OCTETS, "%s%s", i == 0 ? "www" : "", domain + i);

        if (len <= NAME_MAX_OCTETS && will_do(copy_names, gates, gate, text, now))
            return true;
    }
    return false;
}

static bool pick_any(struct copy_names *copy_names, const struct gates *gates,
                     const struct gate *gate, int64_t now, char text[COMPANION_OCTETS])
{
    for (int i = 0; i < PICKS_MAX; i++)
        if (copy_names_pick(copy_names, gate_subject(gate), text) &&
            will_do(copy_names, gates, gate, text, now))
            return true;
    return false;
}

/* A name of the copy in the domain; it is asked about itself, since some servers never answer for
 * what nobody has made. Another one the second time. */
static bool pick_in_domain(struct copy_names *copy_names, const struct gates *gates,
                           const struct gate *gate, int64_t now, char text[COMPANION_OCTETS])
{
    if (gate->failures % 2 != 0)
        return pick_any(copy_names, gates, gate, now, text) ||
               pick_usual(copy_names, gates, gate, now, text);
    return pick_usual(copy_names, gates, gate, now, text) ||
           pick_any(copy_names, gates, gate, now, text);
}

/* Of the root: below a name of the copy that does not lie in what may be out by itself, since one
 * domain can have most of the copy; of a copy of one domain alone, any. */
static bool pick(struct copy_names *copy_names, const struct gates *gates,
                 char text[COMPANION_OCTETS])
{
    text[0] = '.';
    for (int i = 0; i < PICKS_MAX; i++)
        if (copy_names_pick(copy_names, "", text + 1) && !gates_lies_in_suspect(gates, text + 1))
            return true;
    return copy_names_pick(copy_names, "", text + 1);
}

/* Who refuses what nobody has may know names all the same: a network's own, or those on a list. */
static const char *choose_where_refused(const char *search, const char *dotted, unsigned failures,
                                        char text[COMPANION_OCTETS])
{
    if (search[0] == '\0' || failures % 2 != 0)
        return dotted + 1;
    snprintf(text, COMPANION_OCTETS, ".%s", search);
    return text;
}

/* Now and then what brought a gate about, since that may be the only one that ever clears it. */
static bool is_turn_of_victim(const struct gate *gate)
{
    return gate->wait > GATES_RETRY_FIRST_MS && randombytes_uniform(2) == 0;
}

/* NULL: the root's own question is all. */
static const char *choose_for_root(struct copy_names *copy_names, struct gates *gates,
                                   const char *search, char text[COMPANION_OCTETS])
{
    const struct gate *root = &gates->root;
    const char *victim = questions_victim(gates);
    bool out = root->state == GATE_OUT;

    if (out && victim != NULL && is_turn_of_victim(root))
        return victim;
    if (!pick(copy_names, gates, text))
        return out ? victim : NULL;
    if (root->why != PROBE_REFUSED)
        return text;
    return choose_where_refused(search, text, out ? randombytes_uniform(2) : root->failures, text);
}

bool asked_names_choose(struct copy_names *copy_names, struct gates *gates, const struct gate *gate,
                        const char *search, int64_t now, char text[COMPANION_OCTETS],
                        const char **companion)
{
    const char *victim = gate->at > 0 ? gate->name : NULL;
    bool by_itself = gate->at > 0 && strchr(gate_subject(gate) + 1, '.') != NULL;

    *companion = NULL;
    if (!gate_is_wide(gate))
        return true;
    if (gate_is_root(gate)) {
        *companion = choose_for_root(copy_names, gates, search, text);
        /* Of a copy of which nothing may be asked nobody here has asked for anything. */
        return *companion != NULL || !copy_names_is_there(copy_names);
    }
    if (gate->state == GATE_OUT || by_itself)
        *companion = victim;
    if (victim != NULL && gate->state == GATE_OUT && is_turn_of_victim(gate))
        return true;
    if (pick_in_domain(copy_names, gates, gate, now, text))
        *companion = text;
    return *companion != NULL || gate->at == 0;
}

bool asked_names_another(struct copy_names *copy_names, const struct gates *gates,
                         const struct gate *gate, int64_t now, char name[NAME_MAX_OCTETS + 1])
{
    char text[COMPANION_OCTETS] = ".";
    bool found;

    /* Mostly any, as a domain in which something is out may have all that answers; and now and then
     * none of those, as it may have all that does not. */
    if (!gate_is_root(gate))
        found = gate_is_wide(gate) && pick_any(copy_names, gates, gate, now, text);
    else if (randombytes_uniform(ELSEWHERE_TURN) == 0)
        found = pick(copy_names, gates, text);
    else
        found = copy_names_pick(copy_names, "", text + 1);
    if (found)
        snprintf(name, NAME_MAX_OCTETS + 1, "%s", text + (*text == '.'));
    return found;
}
