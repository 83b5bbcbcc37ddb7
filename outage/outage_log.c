#include "outage/outage_log.h"
#include "outage/gates.h"
#include <inttypes.h>
#include <stdarg.h>

__attribute__((format(printf, 3, 0))) static void say(struct gates *gates, struct notice *notice,
                                                      const char *format, va_list arguments)
{
    message_set_list(notice->line, format, arguments);
    gates->tell(notice);
}

void outage_log_say(struct gates *gates, const char *format, ...)
{
    struct notice notice = {.event = NOTICE_LINE};
    va_list arguments;

    va_start(arguments, format);
    say(gates, &notice, format, arguments);
    va_end(arguments);
}

/* What it is of, as fields and without the dot. */
static const char *begin(struct notice *notice, enum notice_event event, const struct gate *gate)
{
    const char *subject = gate_subject(gate);
    bool domain = *subject == '.';

    *notice = (struct notice){.event = event};
    notice_add(notice, "GITDNS_SCOPE=%s",
               gate_is_root(gate) ? "everything"
               : domain           ? "domain"
                                  : "name");
    notice_add(notice, "GITDNS_NAME=%s", gate_is_root(gate) ? "." : subject + domain);
    return subject + domain;
}

static void say_out(struct gates *gates, const struct gate *gate)
{
    const char *why = probe_failure_text(gate->why), *below = "";
    struct notice notice;
    const char *name = begin(&notice, NOTICE_OUTAGE_BEGINS, gate);

    notice_add(&notice, "GITDNS_CAUSE=%s", why);
    if (*gate_subject(gate) == '.')
        below = " and what lies below it";
    if (gate_is_root(gate))
        message_set(notice.line, "DNS does not answer (%s): everything is out", why);
    else
        message_set(notice.line, "%s%s is out (%s)", name, below, why);
    gates->tell(&notice);
}

void outage_log_out(struct gates *gates, struct gate *gate)
{
    if (gate->told || (!gate_is_root(gate) && gates->root.state == GATE_OUT))
        return;
    if (!gate_is_root(gate) && gates->told >= OUTAGE_LOG_NAMES_MAX) {
        if (gates->told++ == OUTAGE_LOG_NAMES_MAX)
            outage_log_say(gates, "more names are out, which are not told here one by one");
        return;
    }
    say_out(gates, gate);
    gates->told += !gate_is_root(gate);
    gate->told = true;
}

void outage_log_answered(struct gates *gates, const struct gate *gate, int64_t now)
{
    int64_t seconds = (now - gate->began) / 1000;
    struct notice notice;
    const char *name = begin(&notice, NOTICE_OUTAGE_ENDS, gate);

    notice_add(&notice, "GITDNS_SECONDS=%" PRId64, seconds);
    notice_add(&notice, "GITDNS_REPORTS=%" PRIu64, gates->suspects.reports);
    message_set(notice.line,
                "%s answers again, after %" PRId64 " s; %" PRIu64 " look-ups have been reported",
                gate_is_root(gate) ? "DNS" : name, seconds, gates->suspects.reports);
    gates->tell(&notice);
}

void outage_log_over(struct gates *gates, unsigned count, const char *format, ...)
{
    struct notice notice = {.event = NOTICE_OUTAGE_ENDS};
    va_list arguments;

    notice_add(&notice, "GITDNS_SCOPE=all");
    notice_add(&notice, "GITDNS_NAMES=%u", count);
    va_start(arguments, format);
    say(gates, &notice, format, arguments);
    va_end(arguments);
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
