/* Questions to the machine's own nameservers, to see whether DNS works. A question is sent to all
 * of them at once, over and over, so that a lossy or slow link is none that is dead, until one
 * answers or all the time is over that glibc would give them (resolv.conf's time-out). What answers
 * even later is told as well, and has the next questions wait for as long as that takes.
 *
 * The queries are libresolv's own, and so is what counts as an answer; the sending is not, as
 * res_nsend() waits without end for a TCP that says nothing, and tells nobody what it sends. */
#ifndef GITDNS_OUTAGE_PROBER_H
#define GITDNS_OUTAGE_PROBER_H

#include "outage/nameservers.h"
#include "outage/probe_failure.h"
#include <poll.h>
#include <stdbool.h>

#define PROBER_QUESTIONS_MAX 20
/* Of those that are over, so many may still be answered late. */
#define PROBER_LATE_MAX 10
#define PROBER_POLLS_MAX ((PROBER_QUESTIONS_MAX + PROBER_LATE_MAX) * RESOLV_CONF_SERVERS_MAX * 2)
/* Queries of one question, to all nameservers together but so many to each at least, without an
 * answer, until that is none by chance: on a link that loses 60 % of all, or of a resolver that
 * answers a third of all names. More, if what answered last had as many before it that did not.
 */
#define PROBER_QUERIES 24
#define PROBER_QUERIES_EACH 12
#define PROBER_QUERIES_LEAST 4 /* to each, within a short time-out */
/* So many of a domain's names have to be denied, of which many may be suspected. */
#define PROBER_NAMES_OF_DOMAIN 6
/* Besides resolv.conf's time-out. */
#define PROBER_PATIENCE_MORE_MS 1000
/* However long glibc would wait. */
#define PROBER_PATIENCE_MAX_MS 30000

struct prober;

struct prober_handler {
    /* A question is over: whether a nameserver answered (NXDOMAIN and NODATA are answers), and for
     * how many seconds a cache may keep that; if not, why. */
    void (*done)(void *context, void *about, bool answered, uint32_t ttl, enum probe_failure why);
    /* Another name that tells as much, for a question that may ask for more. False: none. */
    bool (*another)(void *context, void *about, char name[NAME_MAX_OCTETS + 1]);
    /* One that was over without an answer has one after all. */
    void (*late)(void *context, const char *subject);
    void *context; /* of all of them */
};

/* Returns 0 and *prober, or -ENOMEM. `nameservers`, of which there is one at least, stay the
 * caller's until prober_close. */
int prober_open(struct prober **prober, const struct nameservers *nameservers,
                const struct prober_handler *handler);

/* Nothing is said any more of questions that are under way. NULL is fine. */
void prober_close(struct prober *prober);

/* Asks for a name's IPv4 addresses, or, of a domain (with a dot in front) or the root (an empty
 * text), for those of a name made up below it, which no cache has and only its servers can deny;
 * and, if it is not NULL, for `companion`, a name or domain, and what `another` gives: an answer
 * for any is one. At most PROBER_QUESTIONS_MAX are under way. One datagram to each nameserver may
 * be sent before this returns; `done` is called once, and later. Returns 0 or -ENOMEM. */
int prober_ask(struct prober *prober, const char *subject, const char *companion, void *about,
               int64_t now);

/* Whether a query may be sent: first one about everything, then those of the others as they became
 * due; `root`: that one alone. */
bool prober_is_due(const struct prober *prober, bool root, int64_t now);

/* Sends the first of them. */
void prober_send(struct prober *prober, int64_t now);

/* The descriptors to wait for: fills at most PROBER_POLLS_MAX of `polls` and returns how many. */
unsigned prober_polls(struct prober *prober, struct pollfd *polls);

/* Milliseconds until more is due or prober_process has to be called; -1: nothing is under way. */
int prober_wait(const struct prober *prober, int64_t now);

/* Takes in what has come. */
void prober_process(struct prober *prober, const struct pollfd *polls, unsigned count, int64_t now);

#endif
