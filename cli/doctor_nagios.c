#include "cli/doctor_nagios.h"
#include "cli/doctor_verdict.h"
#include <inttypes.h>
#include <stdio.h>

/* A bar would begin the figures. */
static void print_text(const char *text)
{
    for (; *text != '\0'; text++)
        putchar(*text == '|' ? '/' : *text);
}

/* Of all registries that answer: the oldest, and the one that expires first. */
static void print_figures(const struct doctor_facts *facts)
{
    const struct status *status = &facts->status;
    int64_t age = -1, left = INT64_MAX;
    unsigned failures = 0;

    for (unsigned i = 0; i < status->registries; i++) {
        const struct status_registry *registry = &status->registry[i];

        if (registry->known && registry->rounds.failures > failures)
            failures = registry->rounds.failures;
        if (!status_registry_answers(status, registry))
            continue;
        if (status->now - registry->manifest.created > age)
            age = status->now - registry->manifest.created;
        if (registry->deadline - status->now < left)
            left = registry->deadline - status->now;
    }
    printf("names=%" PRIu64 ";;;0 failures=%u;;;0 outage=%d;;;0;1", doctor_answered(facts),
           failures, doctor_is_out(facts));
    if (age >= 0)
        printf(" age=%" PRId64 "s expires_in=%" PRId64 "s", age, left);
}

void doctor_nagios_print(const struct doctor_facts *facts, const struct faults *faults)
{
    static const char *const words[] = {
        [HEALTH_FINE] = "OK", [HEALTH_DEGRADED] = "WARNING", [HEALTH_UNPROTECTED] = "CRITICAL"};
    char text[MESSAGE_OCTETS];

    doctor_verdict(facts, faults, text);
    printf("GITDNS %s - ", words[faults_health(faults)]);
    print_text(text);
    printf(" | ");
    print_figures(facts);
    putchar('\n');
    for (unsigned i = 0; i < faults->count; i++) {
        print_text(faults->fault[i].what);
        printf("; mend it: ");
        print_text(faults->fault[i].mend);
        putchar('\n');
    }
}
