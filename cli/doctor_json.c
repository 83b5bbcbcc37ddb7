#include "cli/doctor_json.h"
#include "cli/dns_failures.h"
#include "cli/doctor_checks.h"
#include "cli/drill_kept.h"
#include "cli/policy_rules.h"
#include <string.h>

static void print_seconds(struct json *json, const char *label, int seconds)
{
    if (seconds < 0)
        json_null(json, label);
    else
        json_number(json, label, seconds);
}

static void print_failures(struct json *json, const struct doctor_facts *facts)
{
    json_open(json, "ways", '[');
    for (int i = 0; doctor_counts_line(facts) && i < DNS_FAILURES; i++) {
        int wait = dns_failure_wait(&dns_failures[i], &facts->status.line, &facts->resolv_conf);

        json_open(json, NULL, '{');
        json_text(json, "way", dns_failures[i].word);
        json_flag(json, "answers", doctor_answers(facts, &dns_failures[i]));
        print_seconds(json, "first_seconds", wait);
        print_seconds(json, "known_seconds", doctor_is_instant(facts) ? 0 : wait);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void print_faults(struct json *json, const struct faults *faults)
{
    json_open(json, "problems", '[');
    for (unsigned i = 0; i < faults->count; i++) {
        json_open(json, NULL, '{');
        json_text(json, "health", faults_word(faults->fault[i].health));
        json_text(json, "what", faults->fault[i].what);
        json_text(json, "mend", faults->fault[i].mend);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void print_copy(struct json *json, const struct status *status,
                       const struct status_registry *registry)
{
    if (registry->store_error == 0) {
        json_number(json, "serial", registry->manifest.serial);
        json_number(json, "names", (int64_t)registry->manifest.names);
        json_number(json, "made_ago", status->now - registry->manifest.created);
        json_number(json, "expires_in", registry->deadline - status->now);
    }
    if (registry->pinned != 0)
        json_number(json, "pinned", registry->pinned);
}

static void print_copies(struct json *json, const struct doctor_facts *facts)
{
    const struct status *status = &facts->status;

    json_open(json, "registries", '[');
    for (unsigned i = 0; i < status->registries; i++) {
        const struct status_registry *registry = &status->registry[i];

        json_open(json, NULL, '{');
        json_text(json, "name", registry->copy.name);
        json_flag(json, "answers", status_registry_answers(status, registry));
        print_copy(json, status, registry);
        json_number(json, "failures", registry->rounds.failures);
        json_flag(json, "awaited", registry->awaited);
        json_close(json, '}');
    }
    json_close(json, ']');
    policy_rules_print_json(json, "never", &facts->policy, RULE_NEVER, RULE_NEVER_BELOW);
    policy_rules_print_json(json, "only", &facts->policy, RULE_ONLY, RULE_ONLY_BELOW);
}

static void print_missing(struct json *json, const char *names)
{
    char name[NAME_MAX_OCTETS + 1];

    json_open(json, "missing", '[');
    for (const char *p = names; *p != '\0'; p += strcspn(p, "\n") + 1) {
        snprintf(name, sizeof name, "%.*s", (int)strcspn(p, "\n"), p);
        json_text(json, NULL, name);
    }
    json_close(json, ']');
}

static void print_names(struct json *json, const struct machine_names *names)
{
    if (names->error == 0 && names->missing != NULL) {
        json_open(json, "mentioned", '{');
        json_number(json, "names", names->used);
        json_number(json, "held", names->held);
        print_missing(json, names->missing);
        json_close(json, '}');
    }
    json_open(json, "absent_mirrors", '[');
    for (unsigned i = 0; i < names->mirrors; i++) {
        json_open(json, NULL, '{');
        json_text(json, "registry", names->mirror[i].registry);
        json_text(json, "host", names->mirror[i].host);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void print_resolver(struct json *json, const struct resolv_conf *conf)
{
    json_open(json, "resolver", '{');
    json_number(json, "nameservers", conf->count);
    json_number(json, "timeout", conf->timeout);
    json_number(json, "attempts", conf->attempts);
    json_number(json, "searches", conf->searches);
    json_close(json, '}');
}

static void print_dnsdist(struct json *json, const struct dnsdist *dnsdist)
{
    if (dnsdist->configuration[0] == '\0')
        return;
    json_open(json, "dnsdist", '{');
    json_text(json, "configuration", dnsdist->configuration);
    json_flag(json, "runs", dnsdist->runs);
    json_close(json, '}');
}

void doctor_json_print(const struct doctor_facts *facts, const struct faults *faults)
{
    const struct status *status = &facts->status;
    char text[HOSTS_LINE_TEXT_OCTETS];
    struct json json;

    json_begin(&json, 1);
    json_text(&json, "health", faults_word(faults_health(faults)));
    hosts_line_format(&status->line, text);
    json_text(&json, "hosts_line", text);
    json_text(&json, "reach", reach_word(status->reach.reach));
    print_resolver(&json, &facts->resolv_conf);
    if (status->registries == 1)
        print_copy(&json, status, &status->registry[0]);
    print_copies(&json, facts);
    json_number(&json, "answered", (int64_t)doctor_answered(facts));
    print_names(&json, &facts->names);
    outage_view_print_json(&json, "outage", &status->outage);
    print_dnsdist(&json, &facts->dnsdist);
    drill_kept_print_json(&json, &status->drill);
    print_failures(&json, facts);
    print_faults(&json, faults);
    json_end(&json);
}
