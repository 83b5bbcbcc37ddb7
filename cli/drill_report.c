#include "cli/drill_report.h"
#include "base/message.h"
#include "base/resolv_conf.h"
#include "base/search_list.h"
#include "cli/format.h"
#include "cli/open_store.h"
#include "copy/copy.h"
#include "hosts_line/reach.h"
#include "registry/name.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SHORTEST_MS 50 /* less would be shown as nothing */
#define WAIT_WIDTH 8
#define NAME_WIDTH 34
#define PROGRAM_WIDTH 15

/* What became of a name that a program has asked for. */
enum fate {
    FATE_ANSWERED,
    FATE_LACKED,      /* no copy has it, or no address of that family */
    FATE_NOT_REACHED, /* one has it, and was not asked */
    FATE_OTHER,       /* it was no host's address that was asked for */
};

static bool has(const struct stores *stores, const struct asked_name *name, int64_t now)
{
    struct record_copy copy;
    struct record record;
    unsigned place;

    return stores_find(stores, name->name, strlen(name->name), now, &copy, &record, &place) == 1 &&
           (((name->types & ASKED_A) != 0 && record.n4 > 0) ||
            ((name->types & ASKED_AAAA) != 0 && record.n6 > 0) || name->types == 0);
}

static enum fate judge(const struct stores *stores, const struct asked_name *name, int64_t now)
{
    if (name->types == ASKED_OTHER || name_check(name->name, strlen(name->name)) < 0)
        return FATE_OTHER;
    if (!has(stores, name, now))
        return FATE_LACKED;
    return name->reached ? FATE_ANSWERED : FATE_NOT_REACHED;
}

static bool is_asked(const struct asked *asked, const char *name, size_t len, const char *program)
{
    for (unsigned i = 0; i < asked->count; i++)
        if (strncmp(asked->name[i].name, name, len) == 0 && asked->name[i].name[len] == '\0' &&
            strcmp(asked->name[i].program, program) == 0)
            return true;
    return false;
}

/* Whether it is another name of the program's, searched in a domain of resolv.conf because DNS has
 * failed for that. One without a dot is meant to be searched. */
static bool is_searched(const struct asked *asked, const struct asked_name *name,
                        const struct search_list *list)
{
    char text[NAME_MAX_OCTETS + 2];
    size_t len = strlen(name->name);

    for (size_t at = 0; search_list_next(list, &at, "x", text, sizeof text);) {
        const char *domain = text + 1;
        size_t tail = strlen(domain);

        if (tail == 0 || tail >= len || strcmp(name->name + len - tail, domain) != 0)
            continue;
        if (memchr(name->name, '.', len - tail) != NULL &&
            is_asked(asked, name->name, len - tail, name->program))
            return true;
    }
    return false;
}

/* `10.0 s`; `> 5.0 s`, where the end is not known; `-`: neither is how long it lasted. */
static void print_wait(const struct asked_name *name)
{
    char text[FORMAT_OCTETS];

    if (name->told || name->reached)
        snprintf(text, sizeof text, "%.1f s", (double)name->waited / 1000);
    else if (name->waited >= SHORTEST_MS)
        snprintf(text, sizeof text, "> %.1f s", (double)name->waited / 1000);
    else
        snprintf(text, sizeof text, "-");
    fprintf(stderr, "%*s  ", WAIT_WIDTH, text);
}

static void print_fate(const struct asked_name *name, enum fate fate)
{
    static const char *const words[] = {
        [FATE_ANSWERED] = "gitdns",
        [FATE_LACKED] = "nobody: the copy lacks it",
        [FATE_NOT_REACHED] = "nobody: it is in the copy, but gitdns was not asked",
        [FATE_OTHER] = "nobody: not for a host's address",
    };
    char program[MESSAGE_OCTETS];

    message_set(program, "%s", name->program[0] != '\0' ? name->program : "?");
    print_wait(name);
    fprintf(stderr, "%-*s %-*s %s\n", NAME_WIDTH, name->name, PROGRAM_WIDTH, program, words[fate]);
}

static void print_head(const char *mode, const enum fate *fate, unsigned count, unsigned shown)
{
    unsigned answered = 0;

    for (unsigned i = 0; i < count; i++)
        answered += fate[i] == FATE_ANSWERED;
    fprintf(stderr, "gitdns: drill: DNS was dead (%s), and asked for %u name%s; %u answered\n",
            mode, shown, shown == 1 ? "" : "s", answered);
    if (shown > 0)
        fprintf(stderr, "%*s  %-*s %-*s %s\n", WAIT_WIDTH, "waited", NAME_WIDTH, "name",
                PROGRAM_WIDTH, "program", "answered by");
}

/* Each once, as lists in names.d take them (gitdns-publish --private-names). */
static void print_lacked(const struct asked *asked, const enum fate *fate, const bool *hidden)
{
    bool any = false;

    for (unsigned i = 0; i < asked->count; i++) {
        const char *name = asked->name[i].name;
        bool again = false;

        if (fate[i] != FATE_LACKED || hidden[i] || name_check_private(name, strlen(name)) < 0)
            continue;
        for (unsigned j = 0; j < i; j++)
            again = again || (fate[j] == FATE_LACKED && strcmp(asked->name[j].name, name) == 0);
        if (again)
            continue;
        if (!any)
            fprintf(stderr, "The copy lacks, for a file in /etc/gitdns/names.d:\n");
        any = true;
        fprintf(stderr, "%s\n", name);
    }
}

static void print_remarks(const struct asked *asked)
{
    struct hosts_line line;
    struct reach_report reach = reach_read(&line);
    char sentence[REACH_SENTENCE_OCTETS];

    if (!reach_answers(reach.reach)) {
        reach_sentence(&reach, sentence);
        fprintf(stderr, "gitdns: drill: %s\n", sentence);
    }
    if (asked->resolved)
        fprintf(stderr, "gitdns: drill: systemd-resolved was asked, and was as if it did not run; "
                        "in an outage\nit runs, and its failure comes late: see gitdns doctor\n");
    if (asked->left_out > 0)
        fprintf(stderr, "gitdns: drill: %u more questions are not shown\n", asked->left_out);
}

void drill_report(const struct asked *asked, const char *mode)
{
    static struct open_stores open;
    static enum fate fate[ASKED_NAMES_MAX];
    static bool hidden[ASKED_NAMES_MAX];
    int r = open_stores(&open, STORE_DIRECTORY);
    const struct stores *stores = r == 0 ? &open.stores : &stores_none;
    struct search_list list;
    int64_t now = time(NULL);
    unsigned shown = 0;

    if (r != 0)
        say_policy_error(STORE_DIRECTORY, r);
    search_list_read(RESOLV_CONF_PATH, &list);
    for (unsigned i = 0; i < asked->count; i++) {
        fate[i] = judge(stores, &asked->name[i], now);
        hidden[i] = is_searched(asked, &asked->name[i], &list);
        shown += !hidden[i];
    }
    print_head(mode, fate, asked->count, shown);
    for (unsigned i = 0; i < asked->count; i++)
        if (!hidden[i])
            print_fate(&asked->name[i], fate[i]);
    print_lacked(asked, fate, hidden);
    print_remarks(asked);
    if (r == 0)
        close_stores(&open);
}
