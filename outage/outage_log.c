/* What the log says of outages. */
#include "outage/gate.h"
#include "outage/gates.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void gates_say(struct gates *gates, const char *format, ...)
{
    char text[MESSAGE_OCTETS], line[MESSAGE_OCTETS];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    message_set(line, "%s", text);
    gates->tell(line);
}

void gates_tell_out(struct gates *gates, struct gate *gate)
{
    const char *subject = gate_subject(gate);
    bool domain = *subject == '.';

    if (gate->told || (!gate_is_root(gate) && gates->root.state == GATE_OUT))
        return;
    if (gate_is_root(gate)) {
        gates_say(gates, "DNS does not answer (%s): everything is out", gate->why);
    } else if (gates->told < GATES_TOLD_MAX) {
        gates_say(gates, "%s%s is out (%s)", subject + domain,
                  domain ? " and what lies below it" : "", gate->why);
    } else {
        if (gates->told++ == GATES_TOLD_MAX)
            gates_say(gates, "more names are out, which are not told here one by one");
        return;
    }
    gates->told += !gate_is_root(gate);
    gate->told = true;
}

void gates_tell_answered(struct gates *gates, const struct gate *gate, int64_t now)
{
    const char *subject = gate_subject(gate);

    gates_say(gates,
              "%s answers again, after %" PRId64 " s; %" PRIu64 " look-ups have been reported",
              gate_is_root(gate) ? "DNS" : subject + (*subject == '.'), (now - gate->began) / 1000,
              gates->reports);
}

void gates_tell_children(struct gates *gates, const struct gate *domain)
{
    for (unsigned i = 0; i < gates->used; i++) {
        struct gate *gate = &gates->gate[i];
        size_t parent = gate_parent(gate);

        if (gate->state == GATE_OUT && parent > 0 &&
            gate->len - parent == gate_subject_len(domain) && gate_lies_in(gate, domain))
            gates_tell_out(gates, gate);
    }
}
