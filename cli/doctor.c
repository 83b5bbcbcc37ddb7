#include "base/error.h"
#include "cli/dns_failures.h"
#include "cli/doctor_checks.h"
#include "cli/format.h"
#include "copy/copy.h"
#include "hosts_line/by_hand.h"
#include <inttypes.h>
#include <stdio.h>

static void print_resolv_conf(const struct resolv_conf *conf)
{
    printf("%-11s %u nameserver%s, timeout %d s, %d attempt%s, %u domain%s to search\n",
           "resolv.conf", conf->count, conf->count == 1 ? "" : "s", conf->timeout, conf->attempts,
           conf->attempts == 1 ? "" : "s", conf->searches, conf->searches == 1 ? "" : "s");
}

static void print_copy(const struct status *status)
{
    char count[FORMAT_OCTETS], distance[FORMAT_OCTETS];

    if (status->store_error != 0) {
        printf("%-11s none: " STORE_PATH ": %s\n", "copy", error_text(status->store_error));
        return;
    }
    printf("%-11s %s, serial %" PRIu32, "copy", status->manifest.name, status->manifest.serial);
    if (status->pinned != 0)
        printf(", pinned (newest here: %" PRIu32 ")", status->newest);
    printf(", %s names, %s %s\n", format_count(status->manifest.names, count),
           status->now > status->deadline ? "expired" : "expires",
           format_distance(status->now, status->deadline, distance));
}

static void print_facts(const struct doctor_facts *facts)
{
    const struct status *status = &facts->status;
    char text[HOSTS_LINE_TEXT_OCTETS];

    hosts_line_format(&status->line, text);
    printf("%-11s %s\n", "hosts line", doctor_counts_line(facts) ? text : "none that counts");
    if (doctor_counts_line(facts) && by_hand_precedes_files(&status->line))
        printf("%-11s the copy answers before /etc/hosts: gitdns stands before `files'\n", "");
    print_resolv_conf(&facts->resolv_conf);
    print_copy(status);
    outage_view_print(&status->outage, "outage", status->now);
}

static bool has_copy(const struct doctor_facts *facts)
{
    return facts->status.store_error == 0 && facts->status.now <= facts->status.deadline;
}

static bool answers(const struct doctor_facts *facts, const struct dns_failure *failure)
{
    return has_copy(facts) && dns_failure_reaches(failure, &facts->status.line);
}

static const char *answer_text(const struct doctor_facts *facts, const struct dns_failure *failure)
{
    if (answers(facts, failure))
        return "answers";
    if (dns_failure_reaches(failure, &facts->status.line))
        return "has no copy";
    return failure->kind == DNS_FAILURE_DENIED || failure->kind == DNS_FAILURE_HIDDEN
               ? "keeps out"
               : "is not reached";
}

static void print_failures(const struct doctor_facts *facts)
{
    const struct hosts_line *line = &facts->status.line;
    char first[FORMAT_OCTETS], later[FORMAT_OCTETS];

    printf("\n%-36s %-14s %-14s %s\n", "when DNS", "gitdns", "first look-up", "once it is known");
    for (int i = 0; i < DNS_FAILURES; i++) {
        const struct dns_failure *failure = &dns_failures[i];
        int wait = dns_failure_wait(failure, line, &facts->resolv_conf);
        bool reached = dns_failure_reaches(failure, line);

        printf("%-36s %-14s %-14s %s\n", failure->text, answer_text(facts, failure),
               reached ? format_wait(wait, first) : "-",
               reached ? format_wait(doctor_is_instant(facts) ? 0 : wait, later) : "-");
    }
}

static void print_for_people(const struct doctor_facts *facts, const struct faults *faults)
{
    print_facts(facts);
    if (doctor_counts_line(facts))
        print_failures(facts);
    printf("\n%s\n", doctor_word(doctor_health(faults)));
    for (unsigned i = 0; i < faults->count; i++)
        printf("  %s: %s\n    %s\n", doctor_word(faults->fault[i].health), faults->fault[i].what,
               faults->fault[i].mend);
}

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
        printf(", \"answers\": %s", answers(facts, &dns_failures[i]) ? "true" : "false");
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
        print_text("health", doctor_word(faults->fault[i].health));
        printf(", ");
        print_text("what", faults->fault[i].what);
        printf(", ");
        print_text("mend", faults->fault[i].mend);
        putchar('}');
    }
    printf("]");
}

static void print_for_programs(const struct doctor_facts *facts, const struct faults *faults)
{
    const struct status *status = &facts->status;
    char text[HOSTS_LINE_TEXT_OCTETS];

    printf("{\n  ");
    print_text("health", doctor_word(doctor_health(faults)));
    hosts_line_format(&status->line, text);
    printf(",\n  ");
    print_text("hosts_line", text);
    printf(",\n  ");
    print_text("reach", reach_word(status->reach.reach));
    printf(",\n  \"resolver\": {\"nameservers\": %u, \"timeout\": %d, \"attempts\": %d, "
           "\"searches\": %u}",
           facts->resolv_conf.count, facts->resolv_conf.timeout, facts->resolv_conf.attempts,
           facts->resolv_conf.searches);
    if (status->store_error == 0)
        printf(",\n  \"serial\": %" PRIu32 ", \"names\": %" PRIu64 ", \"expires_in\": %" PRId64,
               status->manifest.serial, status->manifest.names, status->deadline - status->now);
    if (status->pinned != 0)
        printf(",\n  \"pinned\": %" PRIu32, status->pinned);
    printf(",\n  \"outage\": ");
    outage_view_print_json(stdout, &status->outage);
    print_json_failures(facts);
    print_json_faults(faults);
    printf("\n}\n");
}

int cli_doctor(const struct cli *cli)
{
    static struct doctor_facts facts;
    static struct faults faults;

    doctor_facts_find(cli, &facts);
    doctor_check(&facts, &faults);
    if (cli->json)
        print_for_programs(&facts, &faults);
    else
        print_for_people(&facts, &faults);
    return (int)doctor_health(&faults);
}
