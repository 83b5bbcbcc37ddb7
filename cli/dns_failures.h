/* The ways in which DNS can fail, and what each comes to with a hosts line.
 * tests/nss/test_doctor_ways.py holds them against glibc. */
#ifndef GITDNS_CLI_DNS_FAILURES_H
#define GITDNS_CLI_DNS_FAILURES_H

#include "base/resolv_conf.h"
#include "hosts_line/grammar.h"

enum dns_failure_kind {
    DNS_FAILURE_AT_ONCE, /* glibc notices at once */
    DNS_FAILURE_WAITS,   /* after its time-outs */
    DNS_FAILURE_HIDDEN,  /* glibc does not take it for a failure that may pass: gitdns must not
                            answer */
    DNS_FAILURE_DENIED,  /* DNS works */
};

struct dns_failure {
    const char *word; /* for programs */
    const char *text; /* for people, after `DNS` */
    enum dns_failure_kind kind;
    bool denies; /* glibc's dns says NOTFOUND, although it has failed */
};

#define DNS_FAILURES 12
extern const struct dns_failure dns_failures[DNS_FAILURES];

/* Whether gitdns is asked, and may answer, when DNS fails in this way. */
bool dns_failure_reaches(const struct dns_failure *failure, const struct hosts_line *line);

/* How long a look-up through getaddrinfo of a name with a dot in it waits for nameservers that are
 * silent, in seconds; -1: for TCP's own time-outs, minutes. */
int dns_failure_silence(const struct resolv_conf *conf);

/* How long a look-up waits for DNS before that, in seconds; -1: minutes. */
int dns_failure_wait(const struct dns_failure *failure, const struct hosts_line *line,
                     const struct resolv_conf *conf);

#endif
