/* A hosts line through enable and disable: what comes out is the rule's, and comes back. */
#include "hosts_line/edit.h"
#include "hosts_line/placement.h"
#include "hosts_line/reach.h"
#include "hosts_line/undo.h"
#include "tests/fuzz/fuzz.h"

/* Returns whether there is a hosts line in it that can be parsed. */
static bool parse(const struct hosts_text *text, struct hosts_line *line)
{
    return hosts_line_parse_whole(text->octets, text->len, line, NULL) == 0;
}

static void take_out(struct hosts_line *line, const char *name)
{
    int i;

    while ((i = hosts_line_find(line, name)) >= 0) {
        line->count--;
        memmove(&line->service[i], &line->service[i + 1],
                (line->count - (unsigned)i) * sizeof *line->service);
    }
}

/* The other services are the same in the same order, but for `resolve`, whose place `dns` takes if
 * it has none. */
static void check_others(struct hosts_line before, struct hosts_line after)
{
    placement_take_out_own(&before);
    placement_take_out_own(&after);
    if (hosts_line_find(&before, "dns") < 0)
        take_out(&after, "dns");
    take_out(&before, "resolve");
    require(before.count == after.count, "none lost, none came");
    for (unsigned i = 0; i < before.count; i++)
        require(strcmp(before.service[i].name, after.service[i].name) == 0, "none moved");
}

static void check_enabled(const struct hosts_text *was, const struct hosts_text *now,
                          const struct hosts_facts *facts)
{
    struct hosts_undo saved = {.was = *was, .now = *now}, read;
    struct hosts_line before, after;
    struct hosts_refusal refusal;
    struct hosts_text out;
    char text[UNDO_MAX_OCTETS];
    int dns;

    require(parse(was, &before) && parse(now, &after), "what comes out can be parsed");
    dns = hosts_line_find(&after, "dns");
    require(dns > 0 && strcmp(after.service[dns - 1].name, "gitdns_outage") == 0 &&
                strcmp(after.service[dns + 1].name, "gitdns") == 0,
            "the rule");
    require(hosts_line_find(&after, "resolve") < 0, "resolve makes room");
    require(reach_judge(&after).reach == REACH_OUTAGE, "gitdns is reached");
    check_others(before, after);
    require(hosts_enable(now, facts, &out, &refusal) == HOSTS_UNCHANGED &&
                hosts_text_same(&out, now),
            "twice is once");
    require(undo_parse(text, undo_format(&saved, text), &read) && hosts_text_same(&read.was, was) &&
                hosts_text_same(&read.now, now),
            "the memory keeps it");
    require(hosts_disable(now, &saved, &out, &refusal) == HOSTS_CHANGED, "disable");
    if (hosts_line_find(&before, "gitdns") < 0 && hosts_line_find(&before, "gitdns_outage") < 0)
        require(hosts_text_same(&out, was), "disable gives back the very octets");
    placement_take_out_own(&after);
    require(hosts_disable(now, NULL, &out, &refusal) == HOSTS_CHANGED && parse(&out, &before) &&
                placement_same(&before, &after),
            "disable takes our words alone");
}

static void check_line(const struct hosts_text *line, const struct hosts_facts *facts)
{
    struct hosts_refusal refusal;
    struct hosts_line before, after;
    struct hosts_text out, proposal;

    switch (hosts_enable(line, facts, &out, &refusal)) {
    case HOSTS_CHANGED:
        check_enabled(line, &out, facts);
        break;
    case HOSTS_UNCHANGED:
        require(hosts_text_same(&out, line), "unchanged is unchanged");
        break;
    case HOSTS_REFUSED:
        require(refusal.reason[0] != '\0', "a reason");
        if (refusal.line[0] != '\0')
            require(hosts_text_set(&proposal, refusal.line, strlen(refusal.line)) &&
                        hosts_enable(&proposal, facts, &out, &refusal) == HOSTS_UNCHANGED,
                    "what is proposed is left alone");
        break;
    }
    if (hosts_disable(line, NULL, &out, &refusal) == HOSTS_CHANGED) {
        require(parse(line, &before) && parse(&out, &after), "what is left can be parsed");
        placement_take_out_own(&before);
        require(placement_same(&before, &after), "what is left is the others'");
    }
}

/* A memory of another line must not do harm. */
static void check_foreign(const struct hosts_text *line, const struct hosts_text *other)
{
    static const struct hosts_facts facts = {.stub = true};
    struct hosts_undo saved = {.was = *other};
    struct hosts_refusal refusal;
    struct hosts_line left;
    struct hosts_text out;

    if (hosts_enable(other, &facts, &saved.now, &refusal) != HOSTS_CHANGED)
        return;
    if (hosts_disable(line, &saved, &out, &refusal) == HOSTS_CHANGED)
        require(parse(&out, &left) && hosts_line_find(&left, "gitdns") < 0 &&
                    hosts_line_find(&left, "gitdns_outage") < 0,
                "none of ours is left");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hosts_facts facts;
    struct hosts_text line, other;
    struct hosts_undo saved;
    size_t offset, len;
    char *text;

    if (size == 0)
        return 0;
    facts = (struct hosts_facts){.nscd = data[0] & 1, .stub = data[0] & 2};
    text = copy_of(data + 1, size - 1);
    undo_parse(text, size - 1, &saved);
    if (hosts_text_find(text, size - 1, &offset, &len) > 0 &&
        hosts_text_set(&line, text + offset, len)) {
        check_line(&line, &facts);
        if (hosts_text_find(text, offset, &offset, &len) > 0 &&
            hosts_text_set(&other, text + offset, len))
            check_foreign(&line, &other);
    }
    free(text);
    return 0;
}
