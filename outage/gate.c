/* Which domain a gate lies in. */
#include "outage/gate.h"
#include "outage/gates.h"
#include <string.h>

size_t gate_parent(const struct gate *gate)
{
    unsigned labels = 0;

    for (size_t i = gate->len; i > gate->at + 1u; i--)
        if (gate->name[i - 1] == '.' && ++labels == BOARD_LABELS_MAX)
            return i - 1;
    for (size_t i = gate->at + 1u; i < gate->len; i++)
        if (gate->name[i] == '.')
            return i;
    return 0;
}

bool gate_lies_in(const struct gate *gate, const struct gate *domain)
{
    const char *inner = gate_subject(gate), *outer = gate_subject(domain);
    size_t len = gate_subject_len(gate), end = gate_subject_len(domain);

    if (*outer != '.' || gate == domain)
        return false;
    if (*inner != '.' && len == end - 1)
        return memcmp(inner, outer + 1, len) == 0;
    return len > end && memcmp(inner + len - end, outer, end) == 0;
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
