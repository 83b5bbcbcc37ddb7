/* What becomes suspected, and by whose word. */
#include "copy/board_write.h"
#include "outage/gate.h"
#include "outage/gates.h"
#include <string.h>

static struct gate *find(struct gates *gates, uint64_t hash)
{
    for (unsigned i = 0; i < gates->used; i++)
        if (gates->gate[i].state != GATE_FREE && gates->gate[i].hash == hash)
            return &gates->gate[i];
    return NULL;
}

struct gate *gates_begin(struct gates *gates, const char *name, size_t len, size_t at, int64_t now)
{
    uint64_t hash = siphash(&gates->key, name + at, len - at);
    struct gate *gate = gates->gate;

    if (find(gates, hash) != NULL)
        return NULL;
    /* Where a question is still under way, its answer would be taken for another name's. */
    while (gate < gates->gate + GATES_MAX && (gate->state != GATE_FREE || gate->asking))
        gate++;
    if (gate == gates->gate + GATES_MAX)
        return NULL;
    *gate = (struct gate){
        .state = GATE_SUSPECT, .len = (uint8_t)len, .at = (uint8_t)at, .hash = hash, .next = now};
    memcpy(gate->name, name, len);
    gates_count_suspect(gates, gate, 1);
    if (gates->used <= (unsigned)(gate - gates->gate))
        gates->used = (unsigned)(gate - gates->gate) + 1;
    return gate;
}

void gates_recall(struct gates *gates, const char *name, size_t len, size_t at, int64_t now)
{
    gates_begin(gates, name, len, at, now);
}

void gates_suspect_root(struct gates *gates, int64_t now)
{
    if (gates->root.state != GATE_FREE || gates->root.asking ||
        now - gates->root_good < GATES_ROOT_GOOD_MS)
        return;
    gates->root = (struct gate){.state = GATE_SUSPECT, .next = now};
    gates_count_suspect(gates, &gates->root, 1);
}

void gates_count(struct gates *gates)
{
    board_set(gates->board, BOARD_WORD_REPORTS, (uint32_t)++gates->reports);
}

static bool has_place(const struct gates *gates, uid_t uid)
{
    unsigned count = 0;

    if (gates->reported >= GATES_SUSPECTS_MAX)
        return false;
    for (unsigned i = 0; uid != 0 && i < gates->used; i++)
        count += gates->gate[i].state == GATE_SUSPECT && gates->gate[i].reported &&
                 gates->gate[i].uid == uid;
    return count < GATES_SUSPECTS_A_USER;
}

static bool was_good(const struct gates *gates, uint64_t hash, int64_t now)
{
    for (unsigned i = 0; i < GATES_GOOD_MAX; i++)
        if (gates->good[i].hash == hash && now - gates->good[i].at < GATES_GOOD_MS)
            return true;
    return false;
}

void gates_remember_good(struct gates *gates, uint64_t hash, int64_t now)
{
    gates->good[gates->good_next].hash = hash;
    gates->good[gates->good_next].at = now;
    gates->good_next = (gates->good_next + 1) % GATES_GOOD_MAX;
}

void gates_suspect(struct gates *gates, const char *name, size_t len, uid_t uid, int64_t now)
{
    struct gate *gate;

    if (gates->root.state == GATE_OUT || !has_place(gates, uid) ||
        was_good(gates, siphash(&gates->key, name, len), now) ||
        board_has_name(gates->board, name, len, (uint32_t)(now / 1000)))
        return;
    gate = gates_begin(gates, name, len, 0, now);
    if (gate == NULL)
        return;
    gate->uid = uid;
    gate->reported = true;
    gates->reported++;
}
