#include "hosts_line/by_hand.h"
#include "hosts_line/reach.h"
#include <stdio.h>
#include <string.h>

#define LABEL "hosts: "

static int asks_dns(const struct hosts_line *line)
{
    int dns = placement_first(line, "dns"), resolve = placement_first(line, "resolve");

    return dns < 0 || (resolve >= 0 && resolve < dns) ? resolve : dns;
}

/* Leaves one service that asks DNS: the first `dns` or, without one, `resolve`. Where that may have
 * been meant as a comment, what follows goes. */
static void cut_doubles(struct hosts_line *line)
{
    if (placement_is_twice(line, "dns") || placement_is_twice(line, "resolve"))
        for (unsigned i = (unsigned)asks_dns(line) + 1; i < line->count; i++)
            if (line->service[i].name[0] == '#')
                line->count = i;
    while (placement_is_twice(line, "dns"))
        placement_take_out(line, hosts_line_find(line, "dns"));
    while (placement_is_twice(line, "resolve") ||
           (placement_first(line, "dns") >= 0 && placement_first(line, "resolve") >= 0))
        placement_take_out(line, hosts_line_find(line, "resolve"));
}

/* Under nscd dns ends the look-up of what it denies: what follows comes before it. */
static void move_followers(struct hosts_line *line)
{
    int asks = asks_dns(line);

    if (asks < 0 || (strcmp(line->service[asks].name, "dns") == 0 &&
                     placement_ends_denied(&line->service[asks])))
        return;
    for (; asks + 1 < (int)line->count; asks++) {
        struct hosts_service follower = line->service[asks + 1];

        placement_take_out(line, asks + 1);
        placement_put_in(line, asks, &follower);
    }
}

/* Lets go of the actions that keep gitdns from being reached, one service after the other. Returns
 * whether it is then. */
static bool ease(struct hosts_line *line)
{
    for (unsigned i = 0; i <= 2 * line->count; i++) {
        struct reach_report report = reach_judge(line);
        enum hosts_action *action = line->service[report.at].action;

        if (report.reach == REACH_OVERRULED)
            action[HOSTS_SUCCESS] = HOSTS_RETURN;
        else if (report.reach == REACH_ENDED)
            for (int status = 0; status < HOSTS_SUCCESS; status++)
                action[status] = (reach_statuses(report.by) & 1u << status) != 0 ? HOSTS_CONTINUE
                                                                                 : action[status];
        else
            return reach_answers(report.reach);
    }
    return false;
}

void by_hand_write(const struct hosts_line *line, char out[HOSTS_LINE_TEXT_OCTETS])
{
    char text[HOSTS_LINE_TEXT_OCTETS];
    struct hosts_line again;
    size_t len;

    hosts_line_format(line, text);
    snprintf(out, HOSTS_LINE_TEXT_OCTETS, LABEL "%.*s",
             (int)(HOSTS_LINE_TEXT_OCTETS - sizeof LABEL), text);
    len = strlen(out);
    if (len > HOSTS_LINE_MAX || hosts_line_parse_whole(out, len, &again, NULL) != 0 ||
        !placement_same(&again, line))
        out[0] = '\0';
}

void by_hand_make(const struct hosts_line *line, const struct hosts_facts *facts,
                  char out[HOSTS_LINE_TEXT_OCTETS])
{
    struct hosts_line best = *line;

    placement_take_out_own(&best);
    cut_doubles(&best);
    if (facts->nscd)
        move_followers(&best);
    out[0] = '\0';
    if (placement_shape(&best, facts->nscd) && ease(&best) && placement_is_met(&best, facts))
        by_hand_write(&best, out);
}

bool by_hand_precedes_files(const struct hosts_line *line)
{
    int files = placement_first(line, "files"), i = 0;

    while (i < files && !placement_is_own(&line->service[i]))
        i++;
    return i < files;
}

bool by_hand_note(const struct hosts_line *line, const struct hosts_facts *facts,
                  char out[BY_HAND_NOTE_OCTETS])
{
    struct hosts_line moved = *line;
    int files = placement_first(line, "files"), asks;
    char instead[HOSTS_LINE_TEXT_OCTETS];

    if (!by_hand_precedes_files(line))
        return false;
    placement_take_out(&moved, files);
    placement_take_out_own(&moved);
    asks = asks_dns(&moved);
    placement_put_in(&moved, asks < 0 ? 0 : asks, &line->service[files]);
    by_hand_make(&moved, facts, instead);
    snprintf(out, BY_HAND_NOTE_OCTETS,
             "`files' stands behind dns: in an outage the copy answers before /etc/hosts does.%s%s",
             instead[0] != '\0' ? " For /etc/hosts to come first, before DNS as well, write: " : "",
             instead);
    return true;
}

void by_hand_usual(const struct hosts_facts *facts, char out[HOSTS_LINE_TEXT_OCTETS])
{
    static const char files_dns[] = "files dns";
    struct hosts_line line;

    hosts_line_parse(files_dns, sizeof files_dns - 1, &line);
    by_hand_make(&line, facts, out);
}
