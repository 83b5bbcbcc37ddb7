#include "outage/gates.h"
#include "copy/board_write.h"
#include "outage/outage_log.h"
#include <string.h>

static uint32_t lease(int64_t now)
{
    return (uint32_t)(now / 1000) + GATES_LEASE;
}

void gates_open(struct gates *gates, _Atomic uint32_t *board,
                void (*tell)(const struct notice *notice), int64_t now)
{
    memset(gates, 0, sizeof *gates);
    gates->board = board;
    gates->key = board_key(board);
    gates->nameservers = 1;
    gates->tell = tell;
    gates->questions.saved_at = now;
    suspects_open(&gates->suspects, now);
}

/* The number of names that are out, in the board's header too. */
static void count_out(struct gates *gates, int more, int64_t clock)
{
    bool before = gates->out > 0;

    gates->out += (unsigned)more;
    gates->changed = true;
    if (!before && gates->out > 0) {
        board_set(gates->board, BOARD_WORD_SINCE, (uint32_t)clock);
    } else if (before && gates->out == 0) {
        board_set(gates->board, BOARD_WORD_SINCE, 0);
        board_set(gates->board, BOARD_WORD_ENDED, (uint32_t)clock);
        gates->told = 0;
        gates->back = 0;
    }
}

static void set_free(struct gates *gates, struct gate *gate, int64_t clock)
{
    if (gate->state == GATE_SUSPECT)
        suspects_count(&gates->suspects, gate, -1);
    else if (gate->state == GATE_OUT)
        count_out(gates, -1, clock);
    gate->state = GATE_FREE;
    while (gates->used > 0 && gates->gate[gates->used - 1].state == GATE_FREE)
        gates->used--;
}

static void close_gate(struct gates *gates, struct gate *gate, int64_t clock)
{
    if (gate->state == GATE_OUT && gate_is_root(gate))
        board_set(gates->board, BOARD_WORD_EVERYTHING, 0);
    else if (gate->state == GATE_OUT)
        board_remove(gates->board, gate->hash);
    set_free(gates, gate, clock);
}

/* What lies below it needs no gate of its own any more. */
static void absorb(struct gates *gates, const struct gate *domain, int64_t clock)
{
    for (unsigned i = gates->used; i-- > 0;)
        if (gates->gate[i].state != GATE_FREE && gate_lies_in(&gates->gate[i], domain))
            close_gate(gates, &gates->gate[i], clock);
}

static void suspect_parent(struct gates *gates, const struct gate *gate, size_t at, int64_t now)
{
    struct gate *parent = suspects_begin(gates, gate->name, gate->len, at, now);

    if (parent != NULL)
        parent->unasked = gate->unasked;
}

static void open_gate(struct gates *gates, struct gate *gate, int64_t now, int64_t clock)
{
    size_t parent = gate_parent(gate);

    if (!gate_is_root(gate) &&
        (gates->out >= BOARD_NAMES_MAX || board_put(gates->board, gate->hash, lease(now)) < 0)) {
        set_free(gates, gate, clock);
        return;
    }
    if (gate_is_root(gate))
        board_set(gates->board, BOARD_WORD_EVERYTHING, lease(now));
    suspects_count(&gates->suspects, gate, -1);
    gate->state = GATE_OUT;
    gate->unasked = gate->unasked || gate->probe;
    gate->probe = false;
    gate->since = clock;
    gate->began = now;
    gate->wait = GATES_RETRY_FIRST_MS;
    gate->next = now + gate->wait;
    count_out(gates, 1, clock);
    if (gate_is_root(gate)) {
        outage_log_out(gates, gate);
        return;
    }
    absorb(gates, gate, clock);
    if (parent == 0)
        outage_log_out(gates, gate);
    else
        suspect_parent(gates, gate, parent, now);
}

/* Silence was waited for and asked into all the time, and the kernel does not err. */
static unsigned attempts(const struct gate *gate)
{
    if (gate->why == PROBE_NO_ANSWER || gate->why == PROBE_UNREACHABLE)
        return 1;
    return gate_is_root(gate) && gate->why == PROBE_REFUSED ? QUESTIONS_ATTEMPTS_REFUSED
                                                            : QUESTIONS_ATTEMPTS;
}

/* One name that fails may be dead, and nobody waits for it. */
static bool probe_counts(struct gates *gates)
{
    unsigned unasked = 0;

    for (unsigned i = 0; i < gates->used; i++)
        unasked += gates->gate[i].state == GATE_OUT && gates->gate[i].unasked;
    return ++gates->suspects.probes_failed >= SUSPECTS_PROBES_FAILED &&
           unasked < SUSPECTS_UNASKED_MAX;
}

static void take_failure(struct gates *gates, struct gate *gate, enum probe_failure why,
                         int64_t now, int64_t clock)
{
    if (!gate_is_root(gate))
        suspects_root(gates, now);
    if (gate->state == GATE_OUT) {
        gates->back = 0;
        gate->wait = gate->wait * 2 < GATES_RETRY_MAX_MS ? gate->wait * 2 : GATES_RETRY_MAX_MS;
        gate->next = now + gate->wait;
        outage_log_out(gates, gate);
        return;
    }
    if (!gate_is_root(gate) && gates->root.state == GATE_OUT) {
        /* Everything is: who knows what this one is by itself. */
        set_free(gates, gate, clock);
        return;
    }
    gate->next = now;
    gate->why = why;
    if (++gate->failures < attempts(gate))
        return;
    if (gate->probe && !probe_counts(gates)) {
        set_free(gates, gate, clock);
        return;
    }
    open_gate(gates, gate, now, clock);
}

static void ask_now(struct gate *gate, int64_t now)
{
    gate->next = now;
    gate->wait = GATES_RETRY_FIRST_MS / 2; /* a failure doubles it */
}

static void ask_all_now(struct gates *gates, int64_t now)
{
    for (unsigned i = 0; i < gates->used; i++)
        ask_now(&gates->gate[i], now);
    ask_now(&gates->root, now);
}

void gates_ask_anew(struct gates *gates, int64_t now)
{
    for (unsigned i = 0; i < GATES_MAX; i++) {
        gates->gate[i].asking = false;
        gates->gate[i].failures = 0;
    }
    gates->root.asking = false;
    gates->root.failures = 0;
    gates->questions.under_way = gates->back = 0;
    ask_all_now(gates, now);
}

/* Much was out and is back. What else is out is asked about at once; where that would take long,
 * it is believed to be back: who finds that it is not says so again. */
static void believe(struct gates *gates, int64_t now, int64_t clock)
{
    unsigned questions = gates->out * gates->nameservers * 2, closed = 0;

    ask_all_now(gates, now);
    if (questions <= QUERIES_A_SECOND * GATES_BACK_SECONDS)
        return;
    for (unsigned i = gates->used; i-- > 0;)
        if (gates->gate[i].state == GATE_OUT) {
            close_gate(gates, &gates->gate[i], clock);
            closed++;
        }
    outage_log_over(gates, closed, "%u names and domains that were out are taken to be back",
                    closed);
}

/* A domain answers, or the root, and so not everything is out. */
static void clear_root(struct gates *gates, int64_t now, int64_t clock)
{
    bool was_out = gates->root.state == GATE_OUT;

    if (was_out)
        outage_log_answered(gates, &gates->root, now);
    close_gate(gates, &gates->root, clock);
    if (was_out)
        believe(gates, now, clock);
}

static void take_answer(struct gates *gates, struct gate *gate, int64_t now, int64_t clock)
{
    bool root_was_out = gates->root.state == GATE_OUT, was_out = gate->state == GATE_OUT;

    if (gate_is_root(gate))
        gates->suspects.root_good = now;
    if (gate->probe)
        gates->suspects.probes_failed = 0;
    if (was_out && gate->told && !gate_is_root(gate))
        outage_log_answered(gates, gate, now);
    else if (gate->state == GATE_SUSPECT && !gate_is_root(gate) && !root_was_out)
        outage_log_children(gates, gate);
    if (!gate_is_root(gate)) {
        suspects_remember_good(&gates->suspects, gate->hash, now);
        close_gate(gates, gate, clock);
    }
    if (gate_is_wide(gate))
        clear_root(gates, now, clock);
    if (!was_out || gate_is_root(gate))
        return;
    if (++gates->back >= GATES_BACK_IN_A_ROW)
        believe(gates, now, clock);
    else
        ask_all_now(gates, now);
}

void gates_answer(struct gates *gates, struct gate *gate, bool answered, enum probe_failure why,
                  int64_t now, int64_t clock)
{
    gates->questions.under_way--;
    gate->asking = false;
    if (gate->state == GATE_FREE)
        return;
    if (answered)
        take_answer(gates, gate, now, clock);
    else
        take_failure(gates, gate, why, now, clock);
}

void gates_answer_late(struct gates *gates, const char *subject, int64_t now, int64_t clock)
{
    struct gate *gate = *subject == '\0'
                            ? &gates->root
                            : suspects_find(gates, siphash(&gates->key, subject, strlen(subject)));

    if (gate != NULL && gate->state != GATE_FREE)
        take_answer(gates, gate, now, clock);
}

bool gates_lies_in_suspect(const struct gates *gates, const char *name)
{
    size_t len = strlen(name);

    for (unsigned i = 0; i < gates->used; i++) {
        const struct gate *gate = &gates->gate[i];
        size_t at = *gate_subject(gate) == '.' ? gate->at : gate_parent(gate), end = gate->len - at;

        if (gate->state == GATE_FREE || gate->name[at] != '.')
            continue;
        if ((len > end && memcmp(name + len - end, gate->name + at, end) == 0) ||
            (len == end - 1 && memcmp(name, gate->name + at + 1, len) == 0))
            return true;
    }
    return false;
}

void gates_postpone(struct gates *gates, struct gate *gate, int64_t now)
{
    gates->questions.under_way--;
    gate->asking = false;
    gate->next = now + GATES_POSTPONED_MS;
}

void gates_drop(struct gates *gates, struct gate *gate, int64_t now, int64_t clock)
{
    /* It has been paid for as if it had been asked, and is not to come up more often. */
    if (gate_is_root(gate))
        gates->suspects.root_good = now;
    gates->questions.under_way--;
    gate->asking = false;
    outage_log_children(gates, gate);
    close_gate(gates, gate, clock);
}

void gates_renew(struct gates *gates, int64_t now)
{
    if (gates->out == 0 || now - gates->renewed < GATES_RENEW_MS)
        return;
    gates->renewed = now;
    if (gates->root.state == GATE_OUT)
        board_set(gates->board, BOARD_WORD_EVERYTHING, lease(now));
    for (unsigned i = 0; i < gates->used; i++)
        if (gates->gate[i].state == GATE_OUT)
            board_put(gates->board, gates->gate[i].hash, lease(now));
}

static void doubt(struct gates *gates, struct gate *gate, int64_t now, int64_t clock)
{
    if (gate->state == GATE_OUT) {
        count_out(gates, -1, clock);
        gate->state = GATE_SUSPECT;
        gate->reported = false;
        suspects_count(&gates->suspects, gate, 1);
    }
    gate->asking = gate->told = false;
    gate->failures = 0;
    gate->why = PROBE_NO_ANSWER;
    gate->next = now;
}

void gates_doubt(struct gates *gates, const char *why, int64_t now, int64_t clock)
{
    if (gates->out > 0)
        outage_log_over(gates, gates->out, "%s; asks DNS again whether anything is out", why);
    board_clear(gates->board);
    doubt(gates, &gates->root, now, clock);
    for (unsigned i = 0; i < GATES_MAX; i++)
        doubt(gates, &gates->gate[i], now, clock);
    gates->questions.under_way = 0;
    gates->suspects.root_good = now - SUSPECTS_ROOT_GOOD_MS;
    if (gates->suspects.count > 0)
        suspects_root(gates, now);
}

void gates_keep(struct gates *gates, bool (*keeps)(void *context, const char *name), void *context,
                int64_t clock)
{
    for (unsigned i = gates->used; i-- > 0;)
        if (gates->gate[i].state != GATE_FREE && !keeps(context, gates->gate[i].name))
            close_gate(gates, &gates->gate[i], clock);
}

void gates_forget(struct gates *gates, const char *why, int64_t clock)
{
    if (gates->out > 0)
        outage_log_over(gates, gates->out, "%s", why);
    board_clear(gates->board);
    for (unsigned i = gates->used; i-- > 0;)
        close_gate(gates, &gates->gate[i], clock);
    close_gate(gates, &gates->root, clock);
}
