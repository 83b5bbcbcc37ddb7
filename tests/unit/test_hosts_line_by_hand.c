/* Odd hosts lines by the ten thousand: whatever enable writes, or proposes to write by hand, is a
 * line that it leaves alone afterwards, in which gitdns is reached. */
#include "hosts_line/edit.h"
#include "hosts_line/reach.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LINES 60000
#define SEVERAL 6 /* services in most of the lines */
#define OFTEN 8   /* one line in so many has as many as there is room for, or more */

static const char *const services[] = {"dns",           "files",
                                       "resolve",       "dns",
                                       "files",         "mymachines",
                                       "myhostname",    "mdns4_minimal",
                                       "mdns",          "wins",
                                       "libvirt",       "nis",
                                       "compat",        "db",
                                       "nosuch",        "gitdns",
                                       "mdns_minimal",  "gitdns_outage [TRYAGAIN=return]",
                                       "gitdns_outage", "#",
                                       "#DNS"};

static const char *const actions[] = {"",
                                      "",
                                      "",
                                      " [NOTFOUND=return]",
                                      " [!UNAVAIL=return]",
                                      "[SUCCESS=continue]",
                                      " [SUCCESS=merge] ",
                                      " [TRYAGAIN=continue]",
                                      " [NOTFOUND=return UNAVAIL=continue]",
                                      " [UNAVAIL=return TRYAGAIN=return]",
                                      " [!SUCCESS=return]",
                                      " [NOTFOUND=merge]",
                                      " [!NOTFOUND=continue notfound=Return]",
                                      " [NOTFOUND=return] [UNAVAIL=return]",
                                      " [NOTFOUND=retrun]"};

#define COUNT(array) (sizeof array / sizeof *(array))

/* The same numbers in every run. */
static unsigned number_below(size_t limit)
{
    static uint64_t state = 1;

    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((state >> 33) % limit);
}

static void make_line(struct hosts_text *text)
{
    unsigned count = number_below(OFTEN) > 0 ? 1 + number_below(SEVERAL)
                                             : HOSTS_SERVICES_MAX - 4 + number_below(SEVERAL);
    char line[HOSTS_LINE_MAX] = "hosts:";
    size_t len = strlen(line);

    for (unsigned i = 0; i < count; i++)
        len += (size_t)snprintf(line + len, sizeof line - len, " %s%s",
                                services[number_below(COUNT(services))],
                                actions[number_below(COUNT(actions))]);
    assert_true(len < sizeof line && hosts_text_set(text, line, len));
}

static void parse(const char *text, size_t len, struct hosts_line *line)
{
    assert_int_equal(hosts_line_parse_whole(text, len, line, NULL), 0);
}

/* What enable has to leave alone. */
static void check_good(const struct hosts_text *was, const char *text, size_t len,
                       const struct hosts_facts *facts)
{
    struct hosts_refusal refusal;
    struct hosts_text in, out;
    struct hosts_line line;

    assert_true(hosts_text_set(&in, text, len));
    if (hosts_enable(&in, facts, &out, &refusal) != HOSTS_UNCHANGED)
        fail_msg("`%.*s' (nscd %d, stub %d) leads to `%.*s', which enable does not leave alone",
                 (int)was->len, was->octets, facts->nscd, facts->stub, (int)len, text);
    parse(text, len, &line);
    if (!reach_answers(reach_judge(&line).reach))
        fail_msg("`%.*s' leads to `%.*s', in which gitdns is not reached", (int)was->len,
                 was->octets, (int)len, text);
}

static bool is_asking(const char *name)
{
    return strcmp(name, "dns") == 0 || strcmp(name, "resolve") == 0;
}

static unsigned times(const struct hosts_line *line, const char *name)
{
    unsigned count = 0;

    for (unsigned i = 0; i < line->count; i++)
        count += strcmp(line->service[i].name, name) == 0;
    return count;
}

/* No service of the line is lost, but where a comment may begin, and none comes but ours. */
static void check_others(const struct hosts_text *was, const char *proposal)
{
    struct hosts_line before, after;

    parse(was->octets, was->len, &before);
    parse(proposal, strlen(proposal), &after);
    for (unsigned i = 0; i < before.count && before.service[i].name[0] != '#'; i++) {
        const char *name = before.service[i].name;

        if (!placement_is_own(&before.service[i]) && !is_asking(name) && times(&after, name) == 0)
            fail_msg("`%.*s': `%s' is lost in `%s'", (int)was->len, was->octets, name, proposal);
    }
    for (unsigned i = 0; i < after.count; i++)
        if (!placement_is_own(&after.service[i]) && !is_asking(after.service[i].name) &&
            times(&before, after.service[i].name) < times(&after, after.service[i].name))
            fail_msg("`%.*s': what is `%s' in `%s'?", (int)was->len, was->octets,
                     after.service[i].name, proposal);
    assert_int_equal(times(&after, "resolve"), 0);
    assert_int_equal(times(&after, "dns"), times(&before, "dns") + times(&before, "resolve") > 0);
}

/* Every reason that there is comes up, with a line to write or, where there is none, without. */
static struct {
    const char *words;
    enum { ALWAYS, SOMETIMES, NEVER } proposes;
    unsigned count;
} reasons[] = {
    {"stands twice", SOMETIMES, 0},
    {"end the look-up when DNS fails", ALWAYS, 0},
    {"after SUCCESS", ALWAYS, 0},
    {"does not ask DNS", SOMETIMES, 0},
    {"does not name systemd-resolved", SOMETIMES, 0},
    {"hide names", ALWAYS, 0},
    {"under it dns needs [NOTFOUND=return]", ALWAYS, 0},
    {"services already", NEVER, 0},
    {"too odd", ALWAYS, 0},
    {"shorten it", NEVER, 0},
    {"correct it", ALWAYS, 0},
};

static void check_refusal(const struct hosts_text *was, const struct hosts_refusal *refusal,
                          const struct hosts_facts *facts)
{
    size_t i = 0;

    while (i < COUNT(reasons) && strstr(refusal->reason, reasons[i].words) == NULL)
        i++;
    if (i == COUNT(reasons) || (refusal->line[0] == '\0' && reasons[i].proposes == ALWAYS) ||
        (refusal->line[0] != '\0' && reasons[i].proposes == NEVER))
        fail_msg("`%.*s' is refused because `%s', with `%s'", (int)was->len, was->octets,
                 refusal->reason, refusal->line);
    reasons[i].count++;
    if (refusal->line[0] == '\0')
        return;
    if (strcmp(reasons[i].words, "hide names") == 0 &&
        strcmp(strrchr(refusal->line, ' '), " gitdns") != 0)
        fail_msg("dns hides names from what follows in `%s'", refusal->line);
    check_good(was, refusal->line, strlen(refusal->line), facts);
    if (strcmp(reasons[i].words, "correct it") != 0)
        check_others(was, refusal->line);
}

static void test_lines(void **state)
{
    unsigned changed = 0, unchanged = 0;

    (void)state;
    for (unsigned i = 0; i < LINES; i++) {
        struct hosts_facts facts = {.nscd = number_below(2) == 0, .stub = number_below(2) == 0};
        struct hosts_refusal refusal;
        struct hosts_text in, out;

        make_line(&in);
        switch (hosts_enable(&in, &facts, &out, &refusal)) {
        case HOSTS_CHANGED:
            changed++;
            check_good(&in, out.octets, out.len, &facts);
            break;
        case HOSTS_UNCHANGED:
            unchanged++;
            check_good(&in, in.octets, in.len, &facts);
            break;
        case HOSTS_REFUSED:
            check_refusal(&in, &refusal, &facts);
            break;
        }
    }
    assert_in_range(changed, LINES / 50, LINES);
    assert_in_range(unchanged, LINES / 500, LINES);
    for (size_t i = 0; i < COUNT(reasons); i++)
        if (reasons[i].count == 0)
            fail_msg("nothing was refused because of `%s'", reasons[i].words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
