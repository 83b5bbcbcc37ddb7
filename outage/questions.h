/* How often, how many and by which turns: which gate is asked about next, and no more than may be
 * asked. */
#ifndef GITDNS_OUTAGE_QUESTIONS_H
#define GITDNS_OUTAGE_QUESTIONS_H

#include "outage/gate.h"

/* Until what is suspected is out, if nameservers say no. */
#define QUESTIONS_ATTEMPTS 2
#define QUESTIONS_ATTEMPTS_REFUSED 3 /* of the root, whose refusal may be a rule */
/* After so much silence for one name everything is suspected, so that both take one time-out. */
#define QUESTIONS_SILENT_MS 500
/* The same of a name that nobody waits for: one that no cache has may take so long, and is not to
 * have the root's servers asked for what nobody has. */
#define QUESTIONS_SILENT_PROBE_MS 2000
#define QUESTIONS_UNDER_WAY_MAX 20
/* Sent, to however many nameservers, by UDP or by TCP; so many may be saved up, too: enough for two
 * questions to three of them. Both together: at most 20 are paid for in any second; where a process
 * waits, or a TCP for its handshake, some of them leave in the next. */
#define QUERIES_A_SECOND 14
#define QUESTIONS_SAVED_MAX 6

struct gates;

/* Neither many that are out, nor many that were, nor a flood of reports keeps the others waiting.
 */
enum turn { TURN_REPORTED, TURN_SUSPECTED_AGAIN, TURN_OUT, TURNS };

struct questions {
    enum turn next;     /* of what is due */
    unsigned under_way; /* questions */
    unsigned cursor;    /* where the search for the next question begins */
    unsigned victim;    /* and for the next victim */
    int64_t saved;      /* thousandths of queries that may be sent */
    int64_t saved_at;   /* when that was true */
};

/* The next to ask about now, for gates_answer; NULL: none, or the bounds are reached. */
struct gate *questions_next(struct gates *gates, int64_t now);

/* Whether there is one, whether it can be paid for yet or not. */
bool questions_is_due(const struct gates *gates, int64_t now);

/* Suspects the root where a question has had no answer for a while. */
void questions_suspect_root(struct gates *gates, int64_t now);

/* Whether one more query may be sent now, of a question that is under way; it is paid for. */
bool questions_pay(struct gates *gates, int64_t now);

/* Milliseconds until questions_next or gates_renew has something to do; -1: nothing is suspected or
 * out. */
int questions_wait(const struct gates *gates, int64_t now);

/* The name that brought about one of the gates that are open, by turns; NULL: there is none. */
const char *questions_victim(struct gates *gates);

#endif
