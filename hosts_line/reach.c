#include "hosts_line/reach.h"
#include "hosts_line/glibc_rejects.h"
#include <stdio.h>
#include <string.h>

#define BIT REACH_STATUS
#define DNS_STATUSES (BIT(NSS_STATUS_TRYAGAIN) | BIT(NSS_STATUS_UNAVAIL))

static bool is_dns(const char *service)
{
    return strcmp(service, "dns") == 0 || strcmp(service, "resolve") == 0;
}

/* The statuses, as bits, with which a service may answer for a name of the Internet while DNS
 * is out. */
static unsigned outage_statuses(const char *service, unsigned dns)
{
    if (strcmp(service, "dns") == 0)
        return dns;
    /* nss-resolve: TRYAGAIN on time-outs, NOTFOUND on SERVFAIL. */
    if (strcmp(service, "resolve") == 0)
        return BIT(NSS_STATUS_TRYAGAIN) | BIT(NSS_STATUS_NOTFOUND);
    /* nss-mdns' minimal variants give NOTFOUND for .local alone. */
    if (strncmp(service, "mdns", 4) == 0 && strstr(service, "_minimal") != NULL)
        return BIT(NSS_STATUS_UNAVAIL);
    if (strcmp(service, "gitdns") == 0 || strcmp(service, "gitdns_outage") == 0)
        return BIT(NSS_STATUS_UNAVAIL);
    /* UNAVAIL: it is not installed, or what it asks does not run. */
    return BIT(NSS_STATUS_NOTFOUND) | BIT(NSS_STATUS_UNAVAIL);
}

static bool ends_look_up(const struct hosts_service *service, unsigned dns)
{
    unsigned statuses = outage_statuses(service->name, dns);

    for (int i = 0; i < HOSTS_STATUSES; i++)
        if ((statuses & 1u << i) != 0 && service->action[i] == HOSTS_RETURN)
            return true;
    return false;
}

static struct reach_report report_by(enum reach reach, const struct hosts_line *line, int at)
{
    struct reach_report report = {.reach = reach, .at = (unsigned)at};

    memcpy(report.by, line->service[at].name, sizeof report.by);
    return report;
}

struct reach_report reach_read(struct hosts_line *line)
{
    struct reach_report report = {.reach = REACH_UNREADABLE};
    bool readable = hosts_line_read(NSSWITCH_PATH, line) == 0;

    if (readable)
        report = reach_judge(line);
    report.number = glibc_rejects_line_of(NSSWITCH_PATH);
    if (readable && report.number != 0)
        report.reach = REACH_REJECTED;
    return report;
}

struct reach_report reach_judge(const struct hosts_line *line)
{
    return reach_judge_dns(line, DNS_STATUSES);
}

unsigned reach_statuses(const char *service)
{
    return outage_statuses(service, DNS_STATUSES);
}

struct reach_report reach_judge_dns(const struct hosts_line *line, unsigned dns)
{
    int gitdns = hosts_line_find(line, "gitdns");
    bool failed = false;

    if (gitdns < 0)
        return (struct reach_report){.reach = REACH_ABSENT};
    for (int i = 0; i < gitdns; i++)
        if (ends_look_up(&line->service[i], dns))
            return report_by(REACH_ENDED, line, i);
    for (int i = 0; i < gitdns; i++) {
        const char *service = line->service[i].name;

        if (is_dns(service))
            failed = true;
        else if (failed && strcmp(service, "gitdns") != 0)
            return report_by(REACH_FORGOTTEN, line, i);
    }
    for (int i = 0; i <= gitdns; i++)
        if (line->service[i].action[HOSTS_SUCCESS] != HOSTS_RETURN)
            return report_by(REACH_OVERRULED, line, i);
    return (struct reach_report){.reach = failed ? REACH_OUTAGE : REACH_ALWAYS};
}

bool reach_answers(enum reach reach)
{
    return reach == REACH_OUTAGE || reach == REACH_ALWAYS;
}

const char *reach_word(enum reach reach)
{
    static const char *const words[] = {"outage",    "always",    "absent",     "ended",
                                        "forgotten", "overruled", "unreadable", "rejected"};

    return words[reach];
}

void reach_sentence(const struct reach_report *report, char out[REACH_SENTENCE_OCTETS])
{
    switch (report->reach) {
    case REACH_OUTAGE:
        snprintf(out, REACH_SENTENCE_OCTETS, "gitdns answers when DNS fails");
        break;
    case REACH_ALWAYS:
        snprintf(out, REACH_SENTENCE_OCTETS,
                 "gitdns answers always: no service before it asks DNS");
        break;
    case REACH_ABSENT:
        snprintf(out, REACH_SENTENCE_OCTETS,
                 "gitdns never answers: it is not in the line; put it directly after dns");
        break;
    case REACH_ENDED:
        snprintf(out, REACH_SENTENCE_OCTETS,
                 "gitdns is not reached when DNS fails: %s and its actions end the look-up",
                 report->by);
        break;
    case REACH_FORGOTTEN:
        snprintf(out, REACH_SENTENCE_OCTETS,
                 "gitdns does not learn that DNS failed: %s stands between; put gitdns directly "
                 "after dns",
                 report->by);
        break;
    case REACH_OVERRULED:
        snprintf(out, REACH_SENTENCE_OCTETS,
                 "answers do not count: %s goes on after SUCCESS, to the services behind it",
                 report->by);
        break;
    case REACH_UNREADABLE:
        snprintf(out, REACH_SENTENCE_OCTETS, "no hosts line that can be understood in %s",
                 NSSWITCH_PATH);
        break;
    case REACH_REJECTED:
        snprintf(out, REACH_SENTENCE_OCTETS,
                 "gitdns is never asked: glibc does not understand line %zu of %s, and rejects the "
                 "whole file for it",
                 report->number, NSSWITCH_PATH);
        break;
    }
}
