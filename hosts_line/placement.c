#include "hosts_line/placement.h"
#include "hosts_line/reach.h"
#include <stdarg.h>
#include <string.h>

static const struct hosts_service gitdns = {.name = "gitdns",
                                            .action = {[HOSTS_SUCCESS] = HOSTS_RETURN}};
static const struct hosts_service dns = {.name = "dns", .action = {[HOSTS_SUCCESS] = HOSTS_RETURN}};
static const struct hosts_service outage = {
    .name = "gitdns_outage",
    .action = {[HOSTS_TRYAGAIN] = HOSTS_RETURN, [HOSTS_SUCCESS] = HOSTS_RETURN}};

bool placement_is_own(const struct hosts_service *service)
{
    return strcmp(service->name, gitdns.name) == 0 || strcmp(service->name, outage.name) == 0;
}

bool placement_has_own(const struct hosts_line *line)
{
    for (unsigned i = 0; i < line->count; i++)
        if (placement_is_own(&line->service[i]))
            return true;
    return false;
}

int placement_first(const struct hosts_line *line, const char *name)
{
    for (unsigned i = 0; i < line->count; i++)
        if (strcmp(line->service[i].name, name) == 0)
            return (int)i;
    return -1;
}

bool placement_is_twice(const struct hosts_line *line, const char *name)
{
    return placement_first(line, name) != hosts_line_find(line, name);
}

void placement_take_out(struct hosts_line *line, int i)
{
    line->count--;
    memmove(&line->service[i], &line->service[i + 1],
            (line->count - (unsigned)i) * sizeof *line->service);
}

bool placement_put_in(struct hosts_line *line, int i, const struct hosts_service *service)
{
    if (line->count == HOSTS_SERVICES_MAX)
        return false;
    memmove(&line->service[i + 1], &line->service[i],
            (line->count - (unsigned)i) * sizeof *line->service);
    line->service[i] = *service;
    line->count++;
    return true;
}

bool placement_ends_denied(const struct hosts_service *service)
{
    return service->action[HOSTS_NOTFOUND] == HOSTS_RETURN;
}

static bool same_actions(const struct hosts_service *a, const struct hosts_service *b)
{
    return memcmp(a->action, b->action, sizeof a->action) == 0;
}

bool placement_same(const struct hosts_line *a, const struct hosts_line *b)
{
    if (a->count != b->count)
        return false;
    for (unsigned i = 0; i < a->count; i++)
        if (strcmp(a->service[i].name, b->service[i].name) != 0 ||
            !same_actions(&a->service[i], &b->service[i]))
            return false;
    return true;
}

bool placement_is_met(const struct hosts_line *line, const struct hosts_facts *facts)
{
    enum reach reach = reach_judge(line).reach;
    int before = placement_first(line, outage.name), asks = placement_first(line, dns.name);

    if (reach == REACH_ALWAYS)
        return true;
    return reach == REACH_OUTAGE && !placement_is_twice(line, gitdns.name) &&
           !placement_is_twice(line, outage.name) && before >= 0 && before < asks &&
           same_actions(&line->service[before], &outage) && placement_first(line, "resolve") < 0 &&
           (!facts->nscd || placement_ends_denied(&line->service[asks]));
}

void placement_take_out_own(struct hosts_line *line)
{
    for (int i = (int)line->count; i-- > 0;)
        if (placement_is_own(&line->service[i]))
            placement_take_out(line, i);
}

bool placement_shape(struct hosts_line *line, bool nscd)
{
    int resolve, asks;

    placement_take_out_own(line);
    while ((resolve = hosts_line_find(line, "resolve")) >= 0) {
        placement_take_out(line, resolve);
        if (placement_first(line, dns.name) < 0 && !placement_put_in(line, resolve, &dns))
            return false;
    }
    asks = placement_first(line, dns.name);
    if (asks < 0)
        return placement_put_in(line, (int)line->count, &gitdns);
    if (nscd)
        line->service[asks].action[HOSTS_NOTFOUND] = HOSTS_RETURN;
    return placement_put_in(line, asks + 1, &gitdns) && placement_put_in(line, asks, &outage);
}

static bool refuse(struct hosts_refusal *refusal, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(struct hosts_refusal *refusal, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    message_set_list(refusal->reason, format, arguments);
    va_end(arguments);
    return false;
}

/* What is asked of the line before it is touched. */
static bool judge(const struct hosts_line *line, const struct hosts_facts *facts,
                  struct hosts_refusal *refusal)
{
    bool resolve = placement_first(line, "resolve") >= 0;

    if (placement_first(line, dns.name) < 0 && !resolve) {
        refusal->before_line = "for gitdns to answer always, write";
        return refuse(refusal, "the line does not ask DNS");
    }
    if (placement_is_twice(line, dns.name) || placement_is_twice(line, "resolve"))
        return refuse(refusal, "a service that asks DNS stands twice in the line (glibc takes what "
                               "follows `#' within a line for services too)");
    if (resolve && !facts->stub)
        return refuse(
            refusal, "behind `resolve' gitdns is not reached when DNS fails, and `dns' cannot take "
                     "its place: /etc/resolv.conf does not name systemd-resolved. Let it (ln -sf "
                     "../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf) and try again");
    return true;
}

/* Under nscd, dns has to end the look-up of what it denies. */
static bool judge_nscd(const struct hosts_line *before, const struct hosts_line *line,
                       struct hosts_refusal *refusal)
{
    int asks = placement_first(before, dns.name);

    if (asks >= 0 && placement_ends_denied(&before->service[asks]))
        return true;
    if (strcmp(line->service[line->count - 1].name, gitdns.name) != 0)
        return refuse(refusal,
                      "nscd answers for hosts here, and under it dns needs [NOTFOUND=return], "
                      "which would hide names from the services behind it; write them before dns, "
                      "or set `enable-cache hosts no' in /etc/nscd.conf");
    if (asks >= 0 && !same_actions(&before->service[asks], &dns))
        return refuse(refusal,
                      "nscd answers for hosts here, and under it dns needs [NOTFOUND=return]");
    return true;
}

static bool judge_reach(const struct hosts_line *line, struct hosts_refusal *refusal)
{
    struct reach_report report = reach_judge(line);

    if (report.reach == REACH_ENDED)
        return refuse(refusal,
                      "%s and its actions end the look-up when DNS fails, before gitdns is asked",
                      report.by);
    if (report.reach == REACH_OVERRULED) {
        refusal->before_line = "to write by hand, if that action for SUCCESS can go";
        return refuse(refusal,
                      "%s goes on after SUCCESS, so that answers of gitdns would not count",
                      report.by);
    }
    return report.reach == REACH_OUTAGE || refuse(refusal, "gitdns would not be reached");
}

bool placement_apply(struct hosts_line *line, const struct hosts_facts *facts,
                     struct hosts_refusal *refusal)
{
    struct hosts_line before = *line;

    *refusal = (struct hosts_refusal){.reason = ""};
    if (!judge(&before, facts, refusal))
        return false;
    if (!placement_shape(line, facts->nscd))
        return refuse(refusal,
                      "the line has %u services already, and gitdns reads no more than %d, its own "
                      "among them; take out what is not needed, and try again",
                      before.count, HOSTS_SERVICES_MAX);
    return judge_reach(line, refusal) && (!facts->nscd || judge_nscd(&before, line, refusal));
}
