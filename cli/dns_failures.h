/* The ways in which DNS can fail, and what each comes to with a hosts line.
 * tests/nss/test_doctor_ways.py holds them against glibc. */
#ifndef GITDNS_CLI_DNS_FAILURES_H
#define GITDNS_CLI_DNS_FAILURES_H

#include "base/resolv_conf.h"
#include "hosts_line/grammar.h"

enum way_kind {
    WAY_AT_ONCE, /* glibc notices at once */
    WAY_WAITS,   /* after its time-outs */
    WAY_HIDDEN,  /* glibc does not take it for a failure that may pass: gitdns must not answer */
    WAY_DENIED,  /* DNS works */
};

struct way {
    const char *word; /* for programs */
    const char *text; /* for people, after `DNS` */
    enum way_kind kind;
    bool denies; /* glibc's dns says NOTFOUND, although it has failed */
};

#define WAYS 12
extern const struct way ways[WAYS];

/* Whether gitdns is asked, and may answer, when DNS fails in this way. */
bool way_reaches(const struct way *way, const struct hosts_line *line);

/* How long a look-up through getaddrinfo of a name with a dot in it waits for nameservers that are
 * silent, in seconds; -1: for TCP's own time-outs, minutes. */
int silence_wait(const struct resolv_conf *conf);

/* How long a look-up waits for DNS before that, in seconds; -1: minutes. */
int way_wait(const struct way *way, const struct hosts_line *line, const struct resolv_conf *conf);

#endif
