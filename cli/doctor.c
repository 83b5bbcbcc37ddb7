#include "base/error.h"
#include "base/span.h"
#include "cli/dns_failures.h"
#include "cli/doctor_checks.h"
#include "cli/doctor_json.h"
#include "cli/doctor_nagios.h"
#include "cli/doctor_verdict.h"
#include "cli/drill_kept.h"
#include "cli/format.h"
#include "cli/policy_rules.h"
#include "copy/copy.h"
#include "hosts_line/by_hand.h"
#include <inttypes.h>
#include <stdio.h>

/* `; 212 of 214 names that this machine uses (the others: gitdns doctor --missing)` */
#define USED_OCTETS 128

static void print_resolv_conf(const struct resolv_conf *conf)
{
    printf("%-11s %u nameserver%s, timeout %d s, %d attempt%s, %u domain%s to search\n",
           "resolv.conf", conf->count, conf->count == 1 ? "" : "s", conf->timeout, conf->attempts,
           conf->attempts == 1 ? "" : "s", conf->searches, conf->searches == 1 ? "" : "s");
}

/* Behind a label of its own or of the line before. */
static void print_line(const char *label, const char *text)
{
    printf("%-11s ", label);
    print_wrapped(text, 12, 12);
}

static void print_copy(const struct status *status, const struct status_registry *registry)
{
    const struct manifest *manifest = &registry->manifest;
    char text[MESSAGE_OCTETS], pinned[64] = "", several[2 * FORMAT_OCTETS] = "";
    char failed[64] = "", count[FORMAT_OCTETS], made[SPAN_OCTETS], distance[SPAN_OCTETS];

    if (registry->pinned != 0)
        snprintf(pinned, sizeof pinned, ", pinned (newest here: %" PRIu32 ")", registry->newest);
    if (status->registries > 1)
        snprintf(several, sizeof several, ", %s, made %s",
                 doctor_name_count(manifest->names, count),
                 span_distance(status->now, manifest->created, made));
    if (registry->rounds.failures > 0 && !registry->awaited)
        snprintf(failed, sizeof failed, "; not refreshed %u time%s in a row",
                 registry->rounds.failures, registry->rounds.failures == 1 ? "" : "s");
    if (registry->awaited)
        message_set(text, "%s, first copy is being made", registry->copy.name);
    else if (registry->store_error != 0)
        message_set(text, "%s, none: %s: %s", registry->copy.name, registry->copy.store_path,
                    error_text(registry->store_error));
    else
        message_set(text, "%s, serial %" PRIu32 "%s%s, %s %s%s", manifest->name, manifest->serial,
                    pinned, several, status->now > registry->deadline ? "expired" : "expires",
                    span_distance(status->now, registry->deadline, distance), failed);
    print_line("", text);
}

/* The copy that holds most of what is answered; NULL: nothing is. `count`: of those that answer. */
static const struct status_registry *find_largest(const struct status *status, unsigned *count)
{
    const struct status_registry *largest = NULL;

    *count = 0;
    for (unsigned i = 0; i < status->registries; i++) {
        const struct status_registry *registry = &status->registry[i];

        if (!status_registry_answers(status, registry))
            continue;
        (*count)++;
        if (largest == NULL || registry->manifest.names > largest->manifest.names)
            largest = registry;
    }
    return largest;
}

/* How many of the names that its configuration mentions; empty: none or not known. */
static void format_used(const struct machine_names *names, char out[USED_OCTETS])
{
    const char *plural = names->used == 1 ? "" : "s", *others = "";

    out[0] = '\0';
    if (names->error != 0 || names->used == 0)
        return;
    if (names->held < names->used)
        others = names->held > 0 ? " (the others: gitdns doctor --missing)"
                                 : " (gitdns doctor --missing)";
    if (names->held > 0)
        snprintf(out, USED_OCTETS, "; %u of %u name%s that this machine uses%s", names->held,
                 names->used, plural, others);
    else
        snprintf(out, USED_OCTETS, "; none of %u name%s that this machine uses%s", names->used,
                 plural, others);
}

/* How much of what the machine needs there is, and of when. */
static void print_copies(const struct doctor_facts *facts)
{
    const struct status *status = &facts->status;
    unsigned answering;
    const struct status_registry *largest = find_largest(status, &answering);
    const struct machine_names *names = &facts->names;
    char text[MESSAGE_OCTETS], count[FORMAT_OCTETS], made[SPAN_OCTETS + 16] = "";
    char uses[USED_OCTETS], distance[SPAN_OCTETS];

    if (largest != NULL)
        snprintf(made, sizeof made, ", %smade %.60s", answering > 1 ? "most " : "",
                 span_distance(status->now, largest->manifest.created, distance));
    format_used(names, uses);
    if (status->has_copy)
        message_set(text, "%s%s%s", doctor_name_count(facts->answered, count), made, uses);
    else
        message_set(text, "none that answers");
    print_line("copy", text);
    for (unsigned i = 0; i < status->registries; i++)
        print_copy(status, &status->registry[i]);
    for (unsigned i = 0; i < names->mirrors; i++) {
        message_set(text, "%s, a mirror of %s, is in no copy: not found while DNS is out",
                    names->mirror[i].host, names->mirror[i].registry);
        print_line("", text);
    }
}

/* What is in force, whatever the configuration says. */
static void print_rules(const struct policy *policy)
{
    char tail[REGISTRY_NAME_MAX + 64];

    for (unsigned i = 0; i < policy->count; i++) {
        snprintf(tail, sizeof tail, ": %s alone answers these and what is below them",
                 policy->name[i][0] != '\0' ? policy->name[i] : COPIES_UNNAMED);
        policy_rules_print(policy, "domains", (unsigned)RULE_DOMAIN << i, 0, tail);
    }
    policy_rules_print(policy, "never", RULE_NEVER, RULE_NEVER_BELOW, ": not answered");
    policy_rules_print(policy, "only", RULE_ONLY, RULE_ONLY_BELOW, ": no other name is answered");
}

/* Whoever asks dnsdist, which needs the copy alone. */
static void print_network(const struct doctor_facts *facts)
{
    const struct dnsdist *dnsdist = &facts->dnsdist;
    char text[MESSAGE_OCTETS], count[FORMAT_OCTETS];

    if (dnsdist->configuration[0] == '\0')
        return;
    if (!dnsdist->runs)
        message_set(text, "%s: no dnsdist runs that this user sees", dnsdist->configuration);
    else
        message_set(text,
                    "dnsdist (%s) answers A and AAAA of %s to whoever asks it, when its upstream "
                    "is down or says SERVFAIL, REFUSED or NOTIMP",
                    dnsdist->configuration, doctor_name_count(facts->answered, count));
    print_line("network", text);
}

static void print_facts(const struct doctor_facts *facts)
{
    char text[HOSTS_LINE_TEXT_OCTETS], drilled[DRILL_TEXT_OCTETS];

    print_copies(facts);
    print_rules(&facts->policy);
    hosts_line_format(&facts->status.line, text);
    print_line("hosts line", doctor_counts_line(facts) ? text : "none that counts");
    if (doctor_counts_line(facts) && by_hand_precedes_files(&facts->status.line))
        print_line("", "the copy answers before /etc/hosts: gitdns stands before `files'");
    print_resolv_conf(&facts->resolv_conf);
    outage_view_print(&facts->status.outage, "outage", facts->status.now);
    print_network(facts);
    if (facts->status.drill.made != 0)
        print_line("drilled", drill_text(&facts->status.drill, facts->status.now, drilled));
}

static const char *answer_text(const struct doctor_facts *facts, const struct dns_failure *failure)
{
    if (doctor_answers(facts, failure))
        return "answers";
    if (dns_failure_reaches(failure, &facts->status.line))
        return facts->status.module_error[0] != '\0' ? "has no module" : "has no copy";
    return failure->kind == DNS_FAILURE_DENIED || failure->kind == DNS_FAILURE_HIDDEN
               ? "keeps out"
               : "is not reached";
}

static void print_failures(const struct doctor_facts *facts)
{
    const struct hosts_line *line = &facts->status.line;
    char first[FORMAT_OCTETS], later[FORMAT_OCTETS];

    printf("\n%-34s %-14s %-13s %s\n", "when DNS", "gitdns", "first look-up", "once it is known");
    for (int i = 0; i < DNS_FAILURES; i++) {
        const struct dns_failure *failure = &dns_failures[i];
        int wait = dns_failure_wait(failure, line, &facts->resolv_conf);
        bool reached = dns_failure_reaches(failure, line);

        printf("%-34s %-14s %-13s %s\n", failure->text, answer_text(facts, failure),
               reached ? format_wait(wait, first) : "-",
               reached ? format_wait(doctor_is_instant(facts) ? 0 : wait, later) : "-");
    }
}

static void print_verdict(const struct doctor_facts *facts, const struct faults *faults)
{
    char text[MESSAGE_OCTETS];

    doctor_verdict(facts, faults, text);
    print_wrapped(text, 0, 2);
    for (unsigned i = 0; i < faults->count; i++) {
        message_set(text, "%s: %s", faults_word(faults->fault[i].health), faults->fault[i].what);
        printf("  ");
        print_wrapped(text, 2, 4);
        /* To be copied. */
        printf("    %s\n", faults->fault[i].mend);
    }
    putchar('\n');
}

static void print_for_people(const struct doctor_facts *facts, const struct faults *faults)
{
    print_verdict(facts, faults);
    print_facts(facts);
    if (doctor_counts_line(facts))
        print_failures(facts);
}

int cli_doctor(const struct cli *cli)
{
    static struct doctor_facts facts;
    static struct faults faults;

    doctor_facts_find(cli, &facts);
    doctor_check(&facts, &faults);
    if (cli->nagios)
        doctor_nagios_print(&facts, &faults);
    else if (cli->json)
        doctor_json_print(&facts, &faults);
    else if (cli->missing)
        fputs(facts.names.missing != NULL ? facts.names.missing : "", stdout);
    else
        print_for_people(&facts, &faults);
    doctor_facts_free(&facts);
    return (int)faults_health(&faults);
}
