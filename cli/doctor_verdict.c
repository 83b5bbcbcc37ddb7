#include "cli/doctor_verdict.h"
#include "base/span.h"
#include <inttypes.h>
#include <stdio.h>

const char *doctor_name_count(uint64_t names, char out[FORMAT_OCTETS])
{
    char count[FORMAT_OCTETS];

    snprintf(out, FORMAT_OCTETS, "%.40s name%s", format_count(names, count), names == 1 ? "" : "s");
    return out;
}

/* ` in an outage that began 5 minutes ago`; empty: none that is known. */
static void format_outage(const struct doctor_facts *facts, char out[2 * FORMAT_OCTETS])
{
    const struct outage_view *outage = &facts->status.outage;
    char distance[SPAN_OCTETS];

    out[0] = '\0';
    if (doctor_is_out(facts))
        snprintf(out, 2 * FORMAT_OCTETS, ", in an outage%s that began %s",
                 outage->everything ? "" : " of some names",
                 span_distance(facts->status.now, outage->since, distance));
}

void doctor_verdict(const struct doctor_facts *facts, const struct faults *faults,
                    char text[MESSAGE_OCTETS])
{
    uint64_t answered = doctor_answered(facts);
    char outage[2 * FORMAT_OCTETS], count[FORMAT_OCTETS];

    format_outage(facts, outage);
    message_set(text, "%s%s: %s %s answered%s", faults_word(faults_health(faults)), outage,
                answered > 0 ? doctor_name_count(answered, count) : "no name",
                answered > 1 ? "are" : "is", outage[0] == '\0' ? " when DNS fails" : "");
}
