#include "outage/questions.h"
#include "outage/gates.h"

/* While everything is out, what else is known to be out is not asked about. */
static bool waits(const struct gates *gates, const struct gate *gate)
{
    return !gate->asking &&
           (gate->state == GATE_SUSPECT ||
            (gate->state == GATE_OUT && (gate_is_root(gate) || gates->root.state != GATE_OUT)));
}

static bool is_due(const struct gates *gates, const struct gate *gate, int64_t now)
{
    return waits(gates, gate) && gate->next <= now;
}

static void save_up(struct gates *gates, int64_t now)
{
    int64_t most = QUESTIONS_SAVED_MAX * 1000;

    gates->questions.saved += (now - gates->questions.saved_at) * QUERIES_A_SECOND;
    gates->questions.saved_at = now;
    if (gates->questions.saved > most)
        gates->questions.saved = most;
}

static bool pay(struct gates *gates, unsigned queries)
{
    if (gates->questions.saved < queries * INT64_C(1000))
        return false;
    gates->questions.saved -= queries * INT64_C(1000);
    return true;
}

bool questions_pay(struct gates *gates, int64_t now)
{
    save_up(gates, now);
    return pay(gates, 1);
}

/* NULL: not yet. */
static struct gate *ask(struct gates *gates, struct gate *gate, int64_t now)
{
    if (!pay(gates, gates->nameservers))
        return NULL;
    gates->questions.under_way++;
    gate->asking = true;
    gate->asked = now;
    return gate;
}

static enum turn turn_of(const struct gate *gate)
{
    if (gate->state == GATE_OUT)
        return TURN_OUT;
    return gate->reported ? TURN_REPORTED : TURN_SUSPECTED_AGAIN;
}

static struct gate *find_due(struct gates *gates, enum turn turn, int64_t now)
{
    for (unsigned i = 0; i < gates->used; i++) {
        struct gate *gate = &gates->gate[(gates->questions.cursor + 1 + i) % gates->used];

        if (gate->state != GATE_FREE && turn_of(gate) == turn && is_due(gates, gate, now))
            return gate;
    }
    return NULL;
}

struct gate *questions_next(struct gates *gates, int64_t now)
{
    struct gate *next = NULL;

    save_up(gates, now);
    if (gates->questions.under_way >= QUESTIONS_UNDER_WAY_MAX)
        return NULL;
    if (is_due(gates, &gates->root, now))
        return ask(gates, &gates->root, now);
    for (unsigned i = 0; next == NULL && i < TURNS; i++)
        next = find_due(gates, (gates->questions.next + i) % TURNS, now);
    /* One that has to wait is the next all the same. */
    if (next == NULL || ask(gates, next, now) == NULL)
        return NULL;
    gates->questions.cursor = (unsigned)(next - gates->gate);
    gates->questions.next = (turn_of(next) + 1) % TURNS;
    return next;
}

bool questions_is_due(const struct gates *gates, int64_t now)
{
    bool due = is_due(gates, &gates->root, now);

    for (unsigned i = 0; i < gates->used && !due; i++)
        due = is_due(gates, &gates->gate[i], now);
    return due && gates->questions.under_way < QUESTIONS_UNDER_WAY_MAX;
}

static bool is_silent(const struct gate *gate, int64_t now)
{
    return gate->asking && gate->state == GATE_SUSPECT &&
           now - gate->asked >= (gate->probe ? QUESTIONS_SILENT_PROBE_MS : QUESTIONS_SILENT_MS);
}

void questions_suspect_root(struct gates *gates, int64_t now)
{
    for (unsigned i = 0; i < gates->used; i++)
        if (is_silent(&gates->gate[i], now))
            suspects_root(gates, now);
}

int questions_wait(const struct gates *gates, int64_t now)
{
    int64_t least = gates->out > 0 ? gates->renewed + GATES_RENEW_MS : now + GATES_RENEW_MS;

    if (gates->suspects.count + gates->out == 0)
        return -1;
    for (unsigned i = 0; i <= gates->used; i++) {
        const struct gate *gate = i < gates->used ? &gates->gate[i] : &gates->root;

        if (waits(gates, gate) && gate->next < least)
            least = gate->next;
    }
    /* What is due but may not be asked yet has to wait for the next question that is saved up. */
    if (least < now + 1000 / QUERIES_A_SECOND)
        least = now + 1000 / QUERIES_A_SECOND;
    return (int)(least - now);
}

const char *questions_victim(struct gates *gates)
{
    for (unsigned i = 0; i < gates->used; i++) {
        const struct gate *gate;

        gates->questions.victim = (gates->questions.victim + 1) % gates->used;
        gate = &gates->gate[gates->questions.victim];
        if (gate->state == GATE_OUT && gate->name[0] != '.')
            return gate->name;
    }
    return NULL;
}
