/* Gates and a board for tests, and a clock that they move on. */
#ifndef TESTS_GATES_LAB_H
#define TESTS_GATES_LAB_H

#include "copy/board_write.h"
#include "outage/gates.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* Last: it needs those above. */
#include <cmocka.h>

#define CLOCK INT64_C(1790000000)
/* A minute after the machine's start, so that nothing is zero by accident. */
#define START INT64_C(60000)

static struct gates *gates;
static _Atomic uint32_t *board;
static int64_t now;
static char log_text[65536];

static char log_events[65536]; /* `event field field` */

static inline void add_line(char *text, size_t octets, const char *line)
{
    assert_true(strlen(text) + strlen(line) + 2 < octets);
    strcat(text, line);
    strcat(text, "\n");
}

static inline void tell(const struct notice *notice)
{
    char event[NOTICE_FIELDS_MAX * (MESSAGE_OCTETS + 1) + 1] = "";

    add_line(log_text, sizeof log_text, notice->line);
    if (notice->event == NOTICE_LINE)
        return;
    strcpy(event, notice->event == NOTICE_OUTAGE_BEGINS ? "begins" : "ends");
    for (unsigned i = 0; i < notice->fields; i++) {
        strcat(event, " ");
        strcat(event, notice->field[i]);
    }
    add_line(log_events, sizeof log_events, event);
}

static uid_t user; /* who reports */

static inline int set_up(void **state)
{
    user = 1000;
    (void)state;
    gates = malloc(sizeof *gates);
    board = calloc(1, BOARD_OCTETS);
    assert_non_null(gates);
    assert_non_null((void *)board);
    now = START;
    log_text[0] = log_events[0] = '\0';
    gates_open(gates, board, tell, now);
    now += 1000;
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    free(gates);
    free((void *)board);
    return 0;
}

static inline void report(const char *name)
{
    suspects_report(gates, name, strlen(name), user, now);
}

static inline bool is_out(const char *name)
{
    return board_has_name(board, name, strlen(name), (uint32_t)(now / 1000));
}

static inline bool everything_is_out(void)
{
    return board_runs(board_get(board, BOARD_WORD_EVERYTHING), (uint32_t)(now / 1000));
}

/* Whether `name` is `domain` or lies in it; in `.` does every name. */
static inline bool lies_in(const char *name, const char *domain)
{
    size_t len = strlen(name), end = strlen(domain);

    if (strcmp(domain, ".") == 0)
        return true;
    return len >= end && strcmp(name + len - end, domain) == 0 &&
           (len == end || name[len - end - 1] == '.');
}

/* A name that is asked for together with the root. */
#define COMPANION "companion.com"

/* Answers what is due now: no to names in `dead` (NULL: none), and to the root if `root` is false
 * and its companion is dead, too. Returns how many questions that were. */
static inline unsigned answer_due(const char *dead, bool root)
{
    struct gate *gate;
    unsigned asked = 0;

    while ((gate = questions_next(gates, now)) != NULL) {
        const char *subject = gate_subject(gate);
        bool good = gate->len == 0 ? root || dead == NULL || !lies_in(COMPANION, dead)
                                   : dead == NULL || !lies_in(subject + (*subject == '.'), dead);

        asked++;
        gates_answer(gates, gate, good, PROBE_LAME, now, CLOCK + now / 1000);
    }
    return asked;
}

/* The same for so long, doing what the daemon does. */
static inline unsigned run(int64_t milliseconds, const char *dead, bool root)
{
    int64_t end = now + milliseconds;
    unsigned asked = 0;

    while (now < end) {
        int wait;

        gates_renew(gates, now);
        asked += answer_due(dead, root);
        wait = questions_wait(gates, now);
        if (wait < 0)
            break;
        now += now + wait < end ? wait : end - now;
    }
    return asked;
}

#endif
