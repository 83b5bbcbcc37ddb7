#include "outage/outage_log.h"
#include "base/message.h"
#include "outage/gates.h"
#include <inttypes.h>
#include <stdarg.h>

void outage_log_say(struct gates *gates, const char *format, ...)
{
    char line[MESSAGE_OCTETS];
    va_list arguments;

    va_start(arguments, format);
    message_set_list(line, format, arguments);
    va_end(arguments);
    gates->tell(line);
}

void outage_log_out(struct gates *gates, struct gate *gate)
{
    const char *subject = gate_subject(gate);
    bool domain = *subject == '.';

    if (gate->told || (!gate_is_root(gate) && gates->root.state == GATE_OUT))
        return;
    if (gate_is_root(gate)) {
        outage_log_say(gates, "DNS does not answer (%s): everything is out",
                       probe_failure_text(gate->why));
    } else if (gates->told < OUTAGE_LOG_NAMES_MAX) {
        outage_log_say(gates, "%s%s is out (%s)", subject + domain,
                       domain ? " and what lies below it" : "", probe_failure_text(gate->why));
    } else {
        if (gates->told++ == OUTAGE_LOG_NAMES_MAX)
            outage_log_say(gates, "more names are out, which are not told here one by one");
        return;
    }
    gates->told += !gate_is_root(gate);
    gate->told = true;
}

void outage_log_answered(struct gates *gates, const struct gate *gate, int64_t now)
{
    const char *subject = gate_subject(gate);

    outage_log_say(gates,
                   "%s answers again, after %" PRId64 " s; %" PRIu64 " look-ups have been reported",
                   gate_is_root(gate) ? "DNS" : subject + (*subject == '.'),
                   (now - gate->began) / 1000, gates->suspects.reports);
}

void outage_log_children(struct gates *gates, const struct gate *domain)
{
    for (unsigned i = 0; i < gates->used; i++) {
        struct gate *gate = &gates->gate[i];
        size_t parent = gate_parent(gate);

        if (gate->state == GATE_OUT && parent > 0 &&
            gate->len - parent == gate_subject_len(domain) && gate_lies_in(gate, domain))
            outage_log_out(gates, gate);
    }
}
