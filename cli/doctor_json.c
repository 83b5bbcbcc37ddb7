#include "cli/doctor_json.h"
#include "cli/dns_failures.h"
#include "cli/doctor_checks.h"
#include "cli/drill_kept.h"
#include "cli/format.h"
#include "cli/policy_rules.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_text(const char *label, const char *text)
{
    printf("\"%s\": ", label);
    print_json_string(stdout, text);
}

static void print_seconds(const char *label, int seconds)
{
    if (seconds < 0)
        printf(", \"%s\": null", label);
    else
        printf(", \"%s\": %d", label, seconds);
}

static void print_json_failures(const struct doctor_facts *facts)
{
    printf(",\n  \"ways\": [");
    for (int i = 0; doctor_counts_line(facts) && i < DNS_FAILURES; i++) {
        int wait = dns_failure_wait(&dns_failures[i], &facts->status.line, &facts->resolv_conf);

        printf("%s\n    {", i > 0 ? "," : "");
        print_text("way", dns_failures[i].word);
        printf(", \"answers\": %s", doctor_answers(facts, &dns_failures[i]) ? "true" : "false");
        print_seconds("first_seconds", wait);
        print_seconds("known_seconds", doctor_is_instant(facts) ? 0 : wait);
        putchar('}');
    }
    printf("]");
}

static void print_json_faults(const struct faults *faults)
{
    printf(",\n  \"problems\": [");
    for (unsigned i = 0; i < faults->count; i++) {
        printf("%s\n    {", i > 0 ? "," : "");
        print_text("health", faults_word(faults->fault[i].health));
        printf(", ");
        print_text("what", faults->fault[i].what);
        printf(", ");
        print_text("mend", faults->fault[i].mend);
        putchar('}');
    }
    printf("]");
}

static void print_json_copy(const struct status *status, const struct status_registry *registry,
                            const char *before)
{
    if (registry->store_error == 0)
        printf("%s\"serial\": %" PRIu32 ", \"names\": %" PRIu64 ", \"made_ago\": %" PRId64
               ", \"expires_in\": %" PRId64,
               before, registry->manifest.serial, registry->manifest.names,
               status->now - registry->manifest.created, registry->deadline - status->now);
    if (registry->pinned != 0)
        printf("%s\"pinned\": %" PRIu32, before, registry->pinned);
}

static void print_json_copies(const struct doctor_facts *facts)
{
    const struct status *status = &facts->status;

    printf(",\n  \"registries\": [");
    for (unsigned i = 0; i < status->registries; i++) {
        const struct status_registry *registry = &status->registry[i];

        printf("%s\n    {", i > 0 ? "," : "");
        print_text("name", registry->copy.name);
        printf(", \"answers\": %s", status_registry_answers(status, registry) ? "true" : "false");
        print_json_copy(status, registry, ", ");
        printf(", \"failures\": %u, \"awaited\": %s}", registry->rounds.failures,
               registry->awaited ? "true" : "false");
    }
    printf("],\n  \"never\": ");
    policy_rules_print_json(&facts->policy, RULE_NEVER, RULE_NEVER_BELOW);
    printf(",\n  \"only\": ");
    policy_rules_print_json(&facts->policy, RULE_ONLY, RULE_ONLY_BELOW);
}

static void print_json_names(const struct machine_names *names)
{
    const char *separator = "";

    if (names->error == 0 && names->missing != NULL) {
        printf(",\n  \"mentioned\": {\"names\": %u, \"held\": %u, \"missing\": [", names->used,
               names->held);
        for (const char *p = names->missing; *p != '\0'; p += strcspn(p, "\n") + 1) {
            /* Names are ASCII without anything to escape. */
            printf("%s\"%.*s\"", separator, (int)strcspn(p, "\n"), p);
            separator = ", ";
        }
        printf("]}");
    }
    printf(",\n  \"absent_mirrors\": [");
    for (unsigned i = 0; i < names->mirrors; i++) {
        printf("%s{", i > 0 ? ", " : "");
        print_text("registry", names->mirror[i].registry);
        printf(", ");
        print_text("host", names->mirror[i].host);
        putchar('}');
    }
    printf("]");
}

void doctor_json_print(const struct doctor_facts *facts, const struct faults *faults)
{
    const struct status *status = &facts->status;
    char text[HOSTS_LINE_TEXT_OCTETS];

    printf("{\n  ");
    print_text("health", faults_word(faults_health(faults)));
    hosts_line_format(&status->line, text);
    printf(",\n  ");
    print_text("hosts_line", text);
    printf(",\n  ");
    print_text("reach", reach_word(status->reach.reach));
    printf(",\n  \"resolver\": {\"nameservers\": %u, \"timeout\": %d, \"attempts\": %d, "
           "\"searches\": %u}",
           facts->resolv_conf.count, facts->resolv_conf.timeout, facts->resolv_conf.attempts,
           facts->resolv_conf.searches);
    if (status->registries == 1)
        print_json_copy(status, &status->registry[0], ",\n  ");
    print_json_copies(facts);
    printf(",\n  \"answered\": %" PRIu64, doctor_answered(facts));
    print_json_names(&facts->names);
    printf(",\n  \"outage\": ");
    outage_view_print_json(stdout, &status->outage);
    if (facts->dnsdist.configuration[0] != '\0') {
        printf(",\n  \"dnsdist\": {");
        print_text("configuration", facts->dnsdist.configuration);
        printf(", \"runs\": %s}", facts->dnsdist.runs ? "true" : "false");
    }
    drill_kept_print_json(&status->drill);
    print_json_failures(facts);
    print_json_faults(faults);
    printf("\n}\n");
}
