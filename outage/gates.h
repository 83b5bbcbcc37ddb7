/* What is out: the names that are suspected, asked about, known to be out and asked about again,
 * until DNS answers. Arithmetic and the board alone; who asks and waits is watcher.c.
 *
 *   suspect -> (asked twice, no answer) -> out -> (asked after 5 s, 10, 20, 40, then each minute;
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
 * Reports are hints that anybody may give: what they cost is bounded by GATES_QUERIES_A_SECOND,
 * GATES_UNDER_WAY_MAX and GATES_SUSPECTS_MAX. `now` is CLOCK_MONOTONIC in milliseconds, `clock`
 * Unix time in seconds.
 */
#ifndef GITDNS_OUTAGE_GATES_H
#define GITDNS_OUTAGE_GATES_H

#include "base/message.h"
#include "copy/board.h"
#include "registry/registry.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define GATES_ATTEMPTS 2
#define GATES_ATTEMPTS_REFUSED 3 /* of the root, whose refusal may be a rule */
#define GATES_UNDER_WAY_MAX 20
#define GATES_SUSPECTS_MAX 64    /* reported ones; what is suspected again comes on top */
#define GATES_SUSPECTS_A_USER 16 /* of these; root's processes may have more */
/* So many names that have just answered are not suspected again for so long. */
#define GATES_GOOD_MAX 64
#define GATES_GOOD_MS 3000
/* Sent, to however many nameservers, by UDP or by TCP; so many may be saved up, too: enough for a
 * question with its companion to three of them. Both together: at most 20 in any second. */
#define GATES_QUERIES_A_SECOND 14
#define GATES_SAVED_MAX 6
#define GATES_RETRY_FIRST_MS 5000
#define GATES_RETRY_MAX_MS 60000
#define GATES_POSTPONED_MS 1000
#define GATES_LEASE 20 /* seconds; at most BOARD_LEASE_MAX */
#define GATES_RENEW_MS 5000
/* Once so many in a row are back, or everything, and to ask about the others would take longer than
 * so many seconds, they are taken to be back. */
#define GATES_BACK_IN_A_ROW 3
#define GATES_BACK_SECONDS 5
/* The root that has answered is not suspected again for so long. */
#define GATES_ROOT_GOOD_MS 1000

/* So many names are told of in one outage. */
#define GATES_TOLD_MAX 20

#define GATES_MAX (BOARD_NAMES_MAX + GATES_SUSPECTS_MAX)

enum gate_state { GATE_FREE, GATE_SUSPECT, GATE_OUT };

struct gate {
    enum gate_state state;
    bool asking;   /* a question is under way */
    bool reported; /* a suspect, by a process: of user `uid` */
    uid_t uid;
    bool told;         /* that it is out */
    uint8_t len;       /* of the name; 0: the root */
    uint8_t at;        /* where in it begins what the gate is of */
    unsigned failures; /* in a row, of a suspect */
    uint64_t hash;
    int64_t next;                       /* when it is asked about */
    int64_t wait;                       /* between questions, once it is out */
    int64_t since;                      /* Unix time from which it is out */
    int64_t began;                      /* the same by the clock that nobody sets */
    const char *why;                    /* of the last failure; NULL: none yet */
    char name[1 + NAME_MAX_OCTETS + 1]; /* that brought it about, if `at` is not 0 */
};

/* What a gate is of: a name; a domain, with a dot in front; the root: nothing. */
static inline const char *gate_subject(const struct gate *gate)
{
    return gate->name + gate->at;
}

/* Whether a companion is to be asked, too. */
static inline bool gate_is_wide(const struct gate *gate)
{
    return gate->len == 0 || *gate_subject(gate) == '.';
}

struct gates {
    _Atomic uint32_t *board;
    struct siphash_key key;
    unsigned nameservers;           /* to which each question goes, at least 1 */
    void (*tell)(const char *line); /* to the log */
    unsigned suspects, out, under_way;
    unsigned reported; /* of the suspects */
    unsigned back;     /* answers of what was out, in a row */
    unsigned used;     /* below it are all gates that are not free */
    unsigned told;     /* names in this outage */
    unsigned cursor;   /* where the search for the next question begins */
    unsigned victim;   /* and for the next victim */
    /* What is asked about next, if it is due: neither many that are out, nor many that were, nor a
     * flood of reports keeps the others waiting. */
    enum gate_turn { TURN_REPORTED, TURN_SUSPECTED_AGAIN, TURN_OUT, TURNS } turn;
    struct {
        uint64_t hash;
        int64_t at;
    } good[GATES_GOOD_MAX]; /* names that have answered, and when */
    unsigned good_next;
    int64_t saved;     /* thousandths of queries that may be sent */
    int64_t saved_at;  /* when that was true */
    int64_t root_good; /* when the root last answered */
    int64_t renewed;
    uint64_t reports;
    bool changed; /* since the caller last cleared it */
    struct gate root;
    struct gate gate[GATES_MAX];
};

/* Nothing is out. `board` stays the caller's. */
void gates_open(struct gates *gates, _Atomic uint32_t *board, void (*tell)(const char *line),
                int64_t now);

/* A look-up has been reported. */
void gates_count(struct gates *gates);

/* A process of user `uid` says that DNS failed for the name, which is in normal form. */
void gates_suspect(struct gates *gates, const char *name, size_t len, uid_t uid, int64_t now);

/* The name was out when the last daemon ended; or the domain that begins, with its dot, at `at` in
 * it; or, if `at` is 0, in a name with a dot in front, that domain. */
void gates_recall(struct gates *gates, const char *name, size_t len, size_t at, int64_t now);

/* The same of the root: of a name that no gate would help, or of more than could be read. */
void gates_suspect_root(struct gates *gates, int64_t now);

/* The next to ask about now, for gates_answer; NULL: none, or the bounds are reached. */
struct gate *gates_next(struct gates *gates, int64_t now);

/* Whether one more query may be sent now, of a question that is under way; it is paid for. */
bool gates_pay(struct gates *gates, int64_t now);

/* What was said of it, and if nothing was, why. */
void gates_answer(struct gates *gates, struct gate *gate, bool answered, const char *why,
                  int64_t now, int64_t clock);

/* The name that brought about one of the gates that are open, by turns; NULL: there is none. */
const char *gates_victim(struct gates *gates);

/* Whether the name, in normal form, lies in a domain that is suspected or out, or in that of a name
 * which is. */
bool gates_lies_in_suspect(const struct gates *gates, const char *name);

/* In place of an answer: it could not be asked about now. */
void gates_postpone(struct gates *gates, struct gate *gate, int64_t now);

/* In place of an answer: a gate of it would be of no use. */
void gates_drop(struct gates *gates, struct gate *gate, int64_t clock);

/* Milliseconds until gates_next or gates_renew has something to do; -1: nothing is suspected or
 * out. */
int gates_wait(const struct gates *gates, int64_t now);

/* Moves the leases on, if that is due. */
void gates_renew(struct gates *gates, int64_t now);

/* DNS may be back: what is suspected or out stays so, but is asked about at once, and then in 5 s
 * again. Answers to earlier questions must not come any more. */
void gates_ask_anew(struct gates *gates, int64_t now);

/* Another DNS is asked from now on, or much time has passed: all that was out is suspected, and
 * nothing is out until it is asked about. Answers to earlier questions must not come any more. */
void gates_doubt(struct gates *gates, const char *why, int64_t now, int64_t clock);

/* Nothing is out, and nobody says so any more. */
void gates_forget(struct gates *gates, const char *why, int64_t clock);

#endif
