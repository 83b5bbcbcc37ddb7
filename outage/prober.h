/* Questions to the machine's own nameservers, to see whether DNS works: c-ares. Each question goes
 * once to each of them at the same time, by UDP; who wants to be sure asks twice. Where an answer
 * is cut off (TC), that one query is sent again by TCP, as glibc does, once the caller says so. */
#ifndef GITDNS_OUTAGE_PROBER_H
#define GITDNS_OUTAGE_PROBER_H

#include "outage/nameservers.h"
#include "outage/probe_failure.h"
#include <poll.h>
#include <stdbool.h>

/* Patient enough for cold recursion and satellite links. */
#define PROBER_TIMEOUT_MS 2000
#define PROBER_QUESTIONS_MAX 20
/* A channel of c-ares is for one nameserver, and by UDP or by TCP. */
#define PROBER_CHANNELS (2 * RESOLV_CONF_SERVERS_MAX)
#define PROBER_SOCKETS 2
#define PROBER_POLLS_MAX (PROBER_QUESTIONS_MAX * PROBER_CHANNELS * PROBER_SOCKETS)

struct prober;

/* Whether a nameserver answered: NXDOMAIN and NODATA are answers. If not, why. `context` is
 * prober_open's, `about` prober_ask's. */
typedef void prober_done(void *context, void *about, bool answered, enum probe_failure why);

/* Returns 0 and *prober, or -ENOMEM. `nameservers`, of which there is one at least, stay the
 * caller's until prober_close. */
int prober_open(struct prober **prober, const struct nameservers *nameservers, prober_done *done,
                void *context);

/* Nothing is said any more of questions that are under way. NULL is fine. */
void prober_close(struct prober *prober);

/* Whether there are descriptors to ask with: c-ares takes a lack of them for a nameserver that
 * cannot be reached. */
bool prober_can_ask(const struct prober *prober);

/* Asks for a name's IPv4 addresses, or, of a domain (with a dot in front) or the root (an empty
 * text), for those of a name made up below it, which no cache has and only its servers can deny.
 * `companion`, a name or domain, is asked about at the same time, and an answer for either is one;
 * NULL: none. At most PROBER_QUESTIONS_MAX are under way. Returns 0, and `done` is called once,
 * perhaps before this returns, at the latest after the time-out; or -ENOMEM, and it is not. */
int prober_ask(struct prober *prober, const char *subject, const char *companion, void *about);

/* Whether a query waits to be sent again by TCP; its question does not end before that. */
bool prober_repeats(const struct prober *prober);

/* Sends one of them. Returns 0, or -ENOMEM: it still waits. */
int prober_repeat(struct prober *prober);

/* The descriptors to wait for: fills at most PROBER_POLLS_MAX of `polls` and returns how many. */
unsigned prober_polls(struct prober *prober, struct pollfd *polls);

/* Milliseconds until prober_process has to be called at the latest; -1: nothing is under way. */
int prober_wait(const struct prober *prober);

/* Takes in what has come. */
void prober_process(struct prober *prober, const struct pollfd *polls, unsigned count);

#endif
