#include "cli/dns_failures.h"
#include "hosts_line/reach.h"

const struct dns_failure dns_failures[DNS_FAILURES] = {
    {"silent", "does not answer", DNS_FAILURE_WAITS, false},
    {"garbage", "answers garbage", DNS_FAILURE_WAITS, false},
    {"servfail", "says SERVFAIL", DNS_FAILURE_AT_ONCE, false},
    {"refused", "says REFUSED", DNS_FAILURE_AT_ONCE, false},
    {"notimp", "says NOTIMP", DNS_FAILURE_AT_ONCE, false},
    {"closed-port", "does not run: its port is closed", DNS_FAILURE_AT_ONCE, false},
    {"no-route", "is out of reach: there is no route", DNS_FAILURE_AT_ONCE, false},
    {"empty-resolv-conf", "is not known: resolv.conf is empty", DNS_FAILURE_AT_ONCE, false},
    {"truncated", "answers in part, and refuses TCP", DNS_FAILURE_AT_ONCE, false},
    {"truncated-close", "answers in part, and cuts TCP", DNS_FAILURE_AT_ONCE, true},
    {"formerr", "says FORMERR (an answer to glibc)", DNS_FAILURE_HIDDEN, false},
    {"nxdomain", "works, and denies the name", DNS_FAILURE_DENIED, false},
};

bool dns_failure_reaches(const struct dns_failure *failure, const struct hosts_line *line)
{
    enum reach reach = failure->denies
                           ? reach_judge_dns(line, REACH_STATUS(NSS_STATUS_NOTFOUND)).reach
                           : reach_judge(line).reach;

    return reach == REACH_ALWAYS || (reach == REACH_OUTAGE && failure->kind != DNS_FAILURE_HIDDEN &&
                                     failure->kind != DNS_FAILURE_DENIED);
}

/* glibc's send_dg: each further nameserver has twice the time of the one before, divided by their
 * number. A name that has a dot is asked for as it stands and, whatever the number of domains to
 * search, once more below the first: silence there ends the search. */
int dns_failure_silence(const struct resolv_conf *conf)
{
    int once = 0;

    if (conf->tcp)
        return -1;
    for (unsigned i = 0; i < conf->count; i++) {
        int seconds = (conf->timeout << i) / (i > 0 ? (int)conf->count : 1);

        once += seconds > 0 ? seconds : 1;
    }
    return once * conf->attempts * (conf->searches > 0 ? 2 : 1);
}

int dns_failure_wait(const struct dns_failure *failure, const struct hosts_line *line,
                     const struct resolv_conf *conf)
{
    if (failure->kind != DNS_FAILURE_WAITS || reach_judge(line).reach == REACH_ALWAYS)
        return 0;
    /* systemd-resolved's own time-outs */
    if (hosts_line_find(line, "resolve") >= 0)
        return -1;
    return hosts_line_find(line, "dns") >= 0 ? dns_failure_silence(conf) : 0;
}
