#include "outage/suspects.h"
#include "copy/board_write.h"
#include "outage/gates.h"
#include <string.h>

void suspects_open(struct suspects *suspects, int64_t now)
{
    *suspects = (struct suspects){.root_good = now - SUSPECTS_ROOT_GOOD_MS};
    for (unsigned i = 0; i < SUSPECTS_GOOD_MAX; i++)
        suspects->good[i].at = now - SUSPECTS_GOOD_MS;
}

void suspects_count(struct suspects *suspects, const struct gate *gate, int more)
{
    suspects->count += (unsigned)more;
    if (gate->reported)
        suspects->reported += (unsigned)more;
}

struct gate *suspects_find(struct gates *gates, uint64_t hash)
{
    for (unsigned i = 0; i < gates->used; i++)
        if (gates->gate[i].state != GATE_FREE && gates->gate[i].hash == hash)
            return &gates->gate[i];
    return NULL;
}

struct gate *suspects_begin(struct gates *gates, const char *name, size_t len, size_t at,
                            int64_t now)
{
    uint64_t hash = siphash(&gates->key, name + at, len - at);
    struct gate *gate = gates->gate;

    if (suspects_find(gates, hash) != NULL)
        return NULL;
    /* Where a question is still under way, its answer would be taken for another name's. */
    while (gate < gates->gate + GATES_MAX && (gate->state != GATE_FREE || gate->asking))
        gate++;
    if (gate == gates->gate + GATES_MAX)
        return NULL;
    *gate = (struct gate){
        .state = GATE_SUSPECT, .len = (uint8_t)len, .at = (uint8_t)at, .hash = hash, .next = now};
    memcpy(gate->name, name, len);
    suspects_count(&gates->suspects, gate, 1);
    if (gates->used <= (unsigned)(gate - gates->gate))
        gates->used = (unsigned)(gate - gates->gate) + 1;
    return gate;
}

void suspects_root(struct gates *gates, int64_t now)
{
    if (gates->root.state != GATE_FREE || gates->root.asking ||
        now - gates->suspects.root_good < SUSPECTS_ROOT_GOOD_MS)
        return;
    gates->root = (struct gate){.state = GATE_SUSPECT, .next = now};
    suspects_count(&gates->suspects, &gates->root, 1);
}

void suspects_count_report(struct gates *gates)
{
    board_set(gates->board, BOARD_WORD_REPORTS, (uint32_t)++gates->suspects.reports);
}

static bool has_room(const struct gates *gates, uid_t uid)
{
    unsigned count = 0;

    if (gates->suspects.reported >= SUSPECTS_MAX)
        return false;
    for (unsigned i = 0; uid != 0 && i < gates->used; i++)
        count += gates->gate[i].state == GATE_SUSPECT && gates->gate[i].reported &&
                 gates->gate[i].uid == uid;
    return count < SUSPECTS_OF_USER;
}

static bool was_good(const struct gates *gates, uint64_t hash, int64_t now)
{
    for (unsigned i = 0; i < SUSPECTS_GOOD_MAX; i++)
        if (gates->suspects.good[i].hash == hash &&
            now - gates->suspects.good[i].at < SUSPECTS_GOOD_MS)
            return true;
    return false;
}

void suspects_remember_good(struct suspects *suspects, uint64_t hash, int64_t now)
{
    suspects->good[suspects->good_next].hash = hash;
    suspects->good[suspects->good_next].at = now;
    suspects->good_next = (suspects->good_next + 1) % SUSPECTS_GOOD_MAX;
}

/* Returns NULL if it is suspected or out already, or has just answered, or there is no room. */
static struct gate *begin_name(struct gates *gates, const char *name, size_t len, int64_t now)
{
    if (gates->root.state == GATE_OUT || was_good(gates, siphash(&gates->key, name, len), now) ||
        board_has_name(gates->board, name, len, (uint32_t)(now / 1000)))
        return NULL;
    return suspects_begin(gates, name, len, 0, now);
}

void suspects_probe(struct gates *gates, const char *name, size_t len, int64_t now)
{
    struct gate *gate = begin_name(gates, name, len, now);

    if (gate != NULL)
        gate->probe = true;
}

void suspects_report(struct gates *gates, const char *name, size_t len, uid_t uid, int64_t now)
{
    struct gate *gate = suspects_find(gates, siphash(&gates->key, name, len));

    /* Somebody waits for it now. */
    if (gate != NULL)
        gate->probe = gate->unasked = false;
    gate = has_room(gates, uid) ? begin_name(gates, name, len, now) : NULL;
    if (gate == NULL)
        return;
    gate->uid = uid;
    gate->reported = true;
    gates->suspects.reported++;
}
