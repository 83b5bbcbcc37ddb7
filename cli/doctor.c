#include "base/error.h"
#include "cli/doctor_checks.h"
#include "cli/format.h"
#include "copy/copy.h"
#include "hosts_line/proposal.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_resolver(const struct resolv_conf *conf)
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

static void print_facts(const struct doctor *doctor)
{
    const struct status *status = &doctor->status;
    char text[HOSTS_LINE_TEXT_OCTETS];

    hosts_line_format(&status->line, text);
    printf("%-11s %s\n", "hosts line", doctor->readable ? text : "none that counts");
    if (doctor->readable && proposal_precedes_files(&status->line))
        printf("%-11s the copy answers before /etc/hosts: gitdns stands before `files'\n", "");
    print_resolver(&doctor->resolv_conf);
    print_copy(status);
    outage_print(&status->outage, "outage", status->now);
}

static bool has_copy(const struct doctor *doctor)
{
    return doctor->status.store_error == 0 && doctor->status.now <= doctor->status.deadline;
}

static bool answers(const struct doctor *doctor, const struct way *way)
{
    return has_copy(doctor) && way_reaches(way, &doctor->status.line);
}

static const char *answer_text(const struct doctor *doctor, const struct way *way)
{
    if (answers(doctor, way))
        return "answers";
    if (way_reaches(way, &doctor->status.line))
        return "has no copy";
    return way->kind == WAY_DENIED || way->kind == WAY_HIDDEN ? "keeps out" : "is not reached";
}

static void print_ways(const struct doctor *doctor)
{
    const struct hosts_line *line = &doctor->status.line;
    char first[FORMAT_OCTETS], later[FORMAT_OCTETS];

    printf("\n%-36s %-14s %-14s %s\n", "when DNS", "gitdns", "first look-up", "once it is known");
    for (int i = 0; i < WAYS; i++) {
        const struct way *way = &ways[i];
        int wait = way_wait(way, line, &doctor->resolv_conf);
        bool reached = way_reaches(way, line);

        printf("%-36s %-14s %-14s %s\n", way->text, answer_text(doctor, way),
               reached ? format_wait(wait, first) : "-",
               reached ? format_wait(doctor->instant ? 0 : wait, later) : "-");
    }
}

static void print_for_people(const struct doctor *doctor)
{
    print_facts(doctor);
    if (doctor->readable)
        print_ways(doctor);
    printf("\n%s\n", doctor_word(doctor_health(doctor)));
    for (unsigned i = 0; i < doctor->problems; i++)
        printf("  %s: %s\n    %s\n", doctor_word(doctor->problem[i].health),
               doctor->problem[i].what, doctor->problem[i].mend);
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

static void print_json_ways(const struct doctor *doctor)
{
    printf(",\n  \"ways\": [");
    for (int i = 0; doctor->readable && i < WAYS; i++) {
        int wait = way_wait(&ways[i], &doctor->status.line, &doctor->resolv_conf);

        printf("%s\n    {", i > 0 ? "," : "");
        print_text("way", ways[i].word);
        printf(", \"answers\": %s", answers(doctor, &ways[i]) ? "true" : "false");
        print_seconds("first_seconds", wait);
        print_seconds("known_seconds", doctor->instant ? 0 : wait);
        putchar('}');
    }
    printf("]");
}

static void print_json_problems(const struct doctor *doctor)
{
    printf(",\n  \"problems\": [");
    for (unsigned i = 0; i < doctor->problems; i++) {
        printf("%s\n    {", i > 0 ? "," : "");
        print_text("health", doctor_word(doctor->problem[i].health));
        printf(", ");
        print_text("what", doctor->problem[i].what);
        printf(", ");
        print_text("mend", doctor->problem[i].mend);
        putchar('}');
    }
    printf("]");
}

static void print_for_programs(const struct doctor *doctor)
{
    const struct status *status = &doctor->status;
    char text[HOSTS_LINE_TEXT_OCTETS];

    printf("{\n  ");
    print_text("health", doctor_word(doctor_health(doctor)));
    hosts_line_format(&status->line, text);
    printf(",\n  ");
    print_text("hosts_line", text);
    printf(",\n  ");
    print_text("reach", reach_word(status->reach.reach));
    printf(",\n  \"resolver\": {\"nameservers\": %u, \"timeout\": %d, \"attempts\": %d, "
           "\"searches\": %u}",
           doctor->resolv_conf.count, doctor->resolv_conf.timeout, doctor->resolv_conf.attempts,
           doctor->resolv_conf.searches);
    if (status->store_error == 0)
        printf(",\n  \"serial\": %" PRIu32 ", \"names\": %" PRIu64 ", \"expires_in\": %" PRId64,
               status->manifest.serial, status->manifest.names, status->deadline - status->now);
    if (status->pinned != 0)
        printf(",\n  \"pinned\": %" PRIu32, status->pinned);
    printf(",\n  \"outage\": ");
    outage_print_json(stdout, &status->outage);
    print_json_ways(doctor);
    print_json_problems(doctor);
    printf("\n}\n");
}

int cli_doctor(const struct cli *cli)
{
    static struct doctor doctor;

    doctor_examine(cli, &doctor);
    if (cli->json)
        print_for_programs(&doctor);
    else
        print_for_people(&doctor);
    return (int)doctor_health(&doctor);
}
