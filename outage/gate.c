#include "outage/gate.h"
#include "copy/board.h"
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
