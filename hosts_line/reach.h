/* Whether the hosts line of nsswitch.conf lets the module answer, and when. */
#ifndef GITDNS_HOSTS_LINE_REACH_H
#define GITDNS_HOSTS_LINE_REACH_H

#include "hosts_line/grammar.h"

enum reach {
    REACH_OUTAGE,     /* after DNS, when DNS fails */
    REACH_ALWAYS,     /* before DNS, or without it */
    REACH_ABSENT,     /* gitdns is not in the line */
    REACH_ENDED,      /* a service before it ends the look-up in an outage */
    REACH_FORGOTTEN,  /* a service between DNS and gitdns overwrites that DNS has failed */
    REACH_OVERRULED,  /* a service goes on after SUCCESS, so that those behind it have the word */
    REACH_UNREADABLE, /* no hosts line, or none that is understood */
    REACH_REJECTED,   /* another line makes glibc reject the whole file */
};

struct reach_report {
    enum reach reach;
    char by[HOSTS_SERVICE_MAX]; /* that service, for _ENDED, _FORGOTTEN and _OVERRULED */
    unsigned at;                /* where it stands in the line */
    size_t number;              /* of that line, from 1, for _REJECTED */
};

/* Reads the line of NSSWITCH_PATH and judges it. */
struct reach_report reach_read(struct hosts_line *line);

struct reach_report reach_judge(const struct hosts_line *line);

/* The same, where a service `dns` says one of these statuses, as bits, when DNS fails. */
#define REACH_STATUS(status) (1u << (2 + (status)))
struct reach_report reach_judge_dns(const struct hosts_line *line, unsigned dns);

/* Those, as bits, with which a service may answer for a name of the Internet when DNS fails. */
unsigned reach_statuses(const char *service);

/* Whether it answers, at any time. */
bool reach_answers(enum reach reach);

/* The word for programs: "outage", "always", … */
const char *reach_word(enum reach reach);

/* The sentence for people, NUL-terminated. */
#define REACH_SENTENCE_OCTETS 256
void reach_sentence(const struct reach_report *report, char out[REACH_SENTENCE_OCTETS]);

#endif
