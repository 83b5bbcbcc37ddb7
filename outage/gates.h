/* What is out: the names that are suspected, asked about, known to be out and asked about again,
 * until DNS answers. Arithmetic and the board alone; who asks and waits is watcher.c.
 *
 *   suspect -> (asked, no answer) -> out -> (asked after 5 s, 10, 20, 40, then each minute;
 *                                                  an answer) -> forgotten
 *
 * A gate is of a name, of a domain, which covers the names in it, or of the root, which covers
 * everything. Of a name that is out the domain above is suspected next, and so on, so that of a
 * domain whose servers are dead the whole domain is out. Domains and the root are asked about by
 * names that nobody can have in a cache, and so an answer from a domain clears the root; a name's
 * own answer may be from a cache, and proves nothing of others. Once anything that was out answers,
 * all that is out is asked about again at once.
 *
 * Some resolvers never answer for the root or a domain though names in it are well (one of a
 * network that knows its own names alone): with these a companion is asked (who asks finds one),
 * and an answer for either is one. What has none and but one label is not out.
 *
 * Reports are hints that anybody may give: what they cost is bounded by QUERIES_A_SECOND,
 * QUESTIONS_UNDER_WAY_MAX and SUSPECTS_MAX. `now` is CLOCK_MONOTONIC in milliseconds, `clock`
 * Unix time in seconds.
 */
#ifndef GITDNS_OUTAGE_GATES_H
#define GITDNS_OUTAGE_GATES_H

#include "copy/board.h"
#include "notice/notice.h"
#include "outage/questions.h"
#include "outage/suspects.h"

#define GATES_RETRY_FIRST_MS 5000
#define GATES_RETRY_MAX_MS 60000
#define GATES_POSTPONED_MS 1000
#define GATES_LEASE 20 /* seconds; at most BOARD_LEASE_MAX */
#define GATES_RENEW_MS 5000
/* Once so many in a row are back, or everything, and to ask about the others would take longer than
 * so many seconds, they are taken to be back. */
#define GATES_BACK_IN_A_ROW 3
#define GATES_BACK_SECONDS 5
#define GATES_MAX (BOARD_NAMES_MAX + SUSPECTS_MAX)

struct gates {
    _Atomic uint32_t *board;
    struct siphash_key key;
    unsigned nameservers;                      /* to which each question goes, at least 1 */
    void (*tell)(const struct notice *notice); /* to the log */
    struct suspects suspects;
    struct questions questions;
    unsigned out;
    unsigned back; /* answers of what was out, in a row */
    unsigned used; /* below it are all gates that are not free */
    unsigned told; /* names in this outage */
    int64_t renewed;
    bool changed; /* since the caller last cleared it */
    struct gate root;
    struct gate gate[GATES_MAX];
};

/* Nothing is out. `board` stays the caller's. */
void gates_open(struct gates *gates, _Atomic uint32_t *board,
                void (*tell)(const struct notice *notice), int64_t now);

/* What was said of what questions_next gave, and if nothing was, why. */
void gates_answer(struct gates *gates, struct gate *gate, bool answered, enum probe_failure why,
                  int64_t now, int64_t clock);

/* What gates_answer was told had no answer has one after all. */
void gates_answer_late(struct gates *gates, const char *subject, int64_t now, int64_t clock);

/* Whether the name, in normal form, lies in a domain that is suspected or out, or in that of a name
 * which is. */
bool gates_lies_in_suspect(const struct gates *gates, const char *name);

/* In place of an answer: it could not be asked about now. */
void gates_postpone(struct gates *gates, struct gate *gate, int64_t now);

/* In place of an answer: a gate of it would be of no use. */
void gates_drop(struct gates *gates, struct gate *gate, int64_t now, int64_t clock);

/* Moves the leases on, if that is due. */
void gates_renew(struct gates *gates, int64_t now);

/* DNS may be back: what is suspected or out stays so, but is asked about at once, and then in 5 s
 * again. Answers to earlier questions must not come any more. */
void gates_ask_anew(struct gates *gates, int64_t now);

/* Another DNS is asked from now on, or much time has passed: all that was out is suspected, and
 * nothing is out until it is asked about. Answers to earlier questions must not come any more. */
void gates_doubt(struct gates *gates, const char *why, int64_t now, int64_t clock);

/* Of what a name has brought about for which `keeps` is false nothing is known any more. Answers to
 * earlier questions must not come any more. */
void gates_keep(struct gates *gates, bool (*keeps)(void *context, const char *name), void *context,
                int64_t clock);

/* Nothing is out, and nobody says so any more. */
void gates_forget(struct gates *gates, const char *why, int64_t clock);

#endif
