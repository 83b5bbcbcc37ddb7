#include "cli/hosts_rule.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TRYAGAIN (2 + NSS_STATUS_TRYAGAIN)
#define NOTFOUND (2 + NSS_STATUS_NOTFOUND)
#define SUCCESS (2 + NSS_STATUS_SUCCESS)

static const struct hosts_service gitdns = {.name = "gitdns", .action = {[SUCCESS] = HOSTS_RETURN}};
static const struct hosts_service dns = {.name = "dns", .action = {[SUCCESS] = HOSTS_RETURN}};
static const struct hosts_service outage = {
    .name = "gitdns_outage", .action = {[TRYAGAIN] = HOSTS_RETURN, [SUCCESS] = HOSTS_RETURN}};

bool hosts_is_own(const struct hosts_service *service)
{
    return strcmp(service->name, gitdns.name) == 0 || strcmp(service->name, outage.name) == 0;
}

static int first(const struct hosts_line *line, const char *name)
{
    for (unsigned i = 0; i < line->count; i++)
        if (strcmp(line->service[i].name, name) == 0)
            return (int)i;
    return -1;
}

static bool is_twice(const struct hosts_line *line, const char *name)
{
    return first(line, name) != hosts_line_find(line, name);
}

static void take_out(struct hosts_line *line, int i)
{
    line->count--;
    memmove(&line->service[i], &line->service[i + 1],
            (line->count - (unsigned)i) * sizeof *line->service);
}

/* Returns false if the line is full. */
static bool put_in(struct hosts_line *line, int i, const struct hosts_service *service)
{
    if (line->count == HOSTS_SERVICES_MAX)
        return false;
    memmove(&line->service[i + 1], &line->service[i],
            (line->count - (unsigned)i) * sizeof *line->service);
    line->service[i] = *service;
    line->count++;
    return true;
}

bool rule_ends_denied(const struct hosts_service *service)
{
    return service->action[NOTFOUND] == HOSTS_RETURN;
}

static bool same_actions(const struct hosts_service *a, const struct hosts_service *b)
{
    return memcmp(a->action, b->action, sizeof a->action) == 0;
}

bool rule_same(const struct hosts_line *a, const struct hosts_line *b)
{
    if (a->count != b->count)
        return false;
    for (unsigned i = 0; i < a->count; i++)
        if (strcmp(a->service[i].name, b->service[i].name) != 0 ||
            !same_actions(&a->service[i], &b->service[i]))
            return false;
    return true;
}

bool hosts_is_enabled(const struct hosts_line *line, const struct hosts_facts *facts)
{
    enum reach reach = reach_judge(line, 1).reach;
    int before = first(line, outage.name), asks = first(line, dns.name);

    if (reach == REACH_ALWAYS)
        return true;
    return reach == REACH_OUTAGE && !is_twice(line, gitdns.name) && !is_twice(line, outage.name) &&
           before >= 0 && before < asks && same_actions(&line->service[before], &outage) &&
           first(line, "resolve") < 0 && (!facts->nscd || rule_ends_denied(&line->service[asks]));
}

void rule_propose(const struct hosts_line *line, char out[REACH_LINE_OCTETS])
{
    char text[REACH_LINE_OCTETS];

    if (line == NULL) {
        snprintf(out, REACH_LINE_OCTETS, "hosts: files gitdns_outage [TRYAGAIN=return] dns gitdns");
        return;
    }
    reach_format_line(line, text);
    snprintf(out, REACH_LINE_OCTETS, "hosts: %.*s", REACH_LINE_OCTETS - 8, text);
}

static bool refuse(struct hosts_refusal *refusal, const struct hosts_line *proposal,
                   const char *format, ...) __attribute__((format(printf, 3, 4)));

static bool refuse(struct hosts_refusal *refusal, const struct hosts_line *proposal,
                   const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(refusal->reason, sizeof refusal->reason, format, arguments);
    va_end(arguments);
    refusal->before_line = NULL;
    rule_propose(proposal, refusal->line);
    return false;
}

void rule_take_out_own(struct hosts_line *line)
{
    for (int i = (int)line->count; i-- > 0;)
        if (hosts_is_own(&line->service[i]))
            take_out(line, i);
}

/* The rule itself, on a line that has `dns` or `resolve`. False if there is no room. */
static bool shape(struct hosts_line *line, bool nscd)
{
    int resolve, asks;

    rule_take_out_own(line);
    while ((resolve = hosts_line_find(line, "resolve")) >= 0) {
        take_out(line, resolve);
        if (first(line, dns.name) < 0 && !put_in(line, resolve, &dns))
            return false;
    }
    asks = first(line, dns.name);
    if (nscd)
        line->service[asks].action[NOTFOUND] = HOSTS_RETURN;
    return put_in(line, asks + 1, &gitdns) && put_in(line, asks, &outage);
}

/* A proposal where what follows DNS has to come before it, for nscd's sake. */
static bool refuse_followers(struct hosts_line *line, struct hosts_refusal *refusal)
{
    struct hosts_service follower;
    int asks;

    rule_take_out_own(line);
    while ((asks = first(line, dns.name)) + 1 < (int)line->count) {
        follower = line->service[asks + 1];
        take_out(line, asks + 1);
        put_in(line, asks, &follower);
    }
    shape(line, true);
    return refuse(refusal, line,
                  "nscd answers for hosts here, and under it dns needs [NOTFOUND=return], which "
                  "would hide names from the services behind it; write them before dns, or set "
                  "`enable-cache hosts no' in /etc/nscd.conf");
}

/* A proposal where an action ends the look-up although DNS failed. */
static bool refuse_ended(struct hosts_line *line, const struct reach_report *report,
                         struct hosts_refusal *refusal)
{
    int i = first(line, report->by);
    struct hosts_service *service = &line->service[i];
    bool denied = rule_ends_denied(service) && strcmp(service->name, dns.name) == 0;

    for (int status = 0; status < SUCCESS; status++)
        service->action[status] = HOSTS_CONTINUE;
    if (denied)
        service->action[NOTFOUND] = HOSTS_RETURN;
    return refuse(refusal, line,
                  "%s and its actions end the look-up when DNS fails, before gitdns is asked",
                  report->by);
}

/* What is asked of the line before it is touched. */
static bool judge(struct hosts_line *line, const struct hosts_facts *facts,
                  struct hosts_refusal *refusal)
{
    bool resolve = first(line, "resolve") >= 0;

    if (first(line, dns.name) < 0 && !resolve) {
        rule_take_out_own(line);
        if (!put_in(line, (int)line->count, &gitdns))
            line->count = 0;
        refuse(refusal, line->count > 0 ? line : NULL, "the line does not ask DNS");
        refusal->before_line = "for gitdns to answer always, write";
        return false;
    }
    if (is_twice(line, dns.name) || is_twice(line, "resolve"))
        return refuse(refusal, NULL,
                      "a service that asks DNS stands twice in the line (glibc takes what follows "
                      "`#' within a line for services too)");
    for (unsigned i = 0; i < line->count; i++)
        if (line->service[i].action[SUCCESS] != HOSTS_RETURN)
            return refuse(refusal, NULL, "%s has an action for SUCCESS", line->service[i].name);
    if (resolve && !facts->stub) {
        shape(line, facts->nscd);
        return refuse(
            refusal, line,
            "behind `resolve' gitdns is not reached when DNS fails, and `dns' cannot take "
            "its place: /etc/resolv.conf does not name systemd-resolved. Let it (ln -sf "
            "../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf) and try again");
    }
    return true;
}

/* Under nscd, dns has to end the look-up of what it denies. */
static bool judge_nscd(const struct hosts_line *before, struct hosts_line *line,
                       struct hosts_refusal *refusal)
{
    int asks = first(before, dns.name);

    if (asks >= 0 && rule_ends_denied(&before->service[asks]))
        return true;
    if (strcmp(line->service[line->count - 1].name, gitdns.name) != 0)
        return refuse_followers(line, refusal);
    if (asks >= 0 && !same_actions(&before->service[asks], &dns))
        return refuse(refusal, line,
                      "nscd answers for hosts here, and under it dns needs [NOTFOUND=return]");
    return true;
}

bool rule_apply(struct hosts_line *line, const struct hosts_facts *facts,
                struct hosts_refusal *refusal)
{
    struct hosts_line before;
    struct reach_report report;

    if (!judge(line, facts, refusal))
        return false;
    before = *line;
    if (!shape(line, facts->nscd))
        return refuse(refusal, NULL, "the line has %u services already", before.count);
    report = reach_judge(line, 1);
    if (report.reach == REACH_ENDED)
        return refuse_ended(line, &report, refusal);
    if (report.reach != REACH_OUTAGE)
        return refuse(refusal, NULL, "gitdns would not be reached");
    return !facts->nscd || judge_nscd(&before, line, refusal);
}
