#include "hosts_line/edit.h"
#include "hosts_line/by_hand.h"
#include "hosts_line/glibc_rejects.h"
#include <stdio.h>
#include <string.h>

#define BEFORE_DNS "gitdns_outage [TRYAGAIN=return] "
#define BEHIND_DNS " gitdns"
#define BEHIND_DNS_NSCD " [NOTFOUND=return] gitdns"

/* A line, and what it says. */
struct parsed {
    struct hosts_text text;
    size_t value; /* where what stands behind `hosts:` begins */
    struct hosts_line line;
};

static bool parse(struct parsed *p)
{
    return hosts_line_parse_whole(p->text.octets, p->text.len, &p->line, &p->value) == 0 &&
           memchr(p->text.octets, '\0', p->text.len) == NULL &&
           memchr(p->text.octets, '\n', p->text.len) == NULL;
}

/* Puts `with` in place of the octets from `from` to `to`, and parses again. */
static bool replace(struct parsed *p, size_t from, size_t to, const char *with)
{
    size_t len = strlen(with), rest = p->text.len - to;

    if (from + len + rest > sizeof p->text.octets)
        return false;
    memmove(p->text.octets + from + len, p->text.octets + to, rest);
    memcpy(p->text.octets + from, with, len);
    p->text.len = from + len + rest;
    return parse(p);
}

/* Takes a service out, with the blanks between it and the next one or, if it is the last, the one
 * before. */
static bool cut(struct parsed *p, const struct hosts_service *service)
{
    size_t from = p->value + service->start, to = p->value + service->end;

    if (service + 1 < p->line.service + p->line.count)
        to = p->value + service[1].start;
    else
        while (from > p->value && hosts_is_blank(p->text.octets[from - 1]))
            from--;
    return replace(p, from, to, "");
}

/* Takes one of our words out as enable put it in: `gitdns` with the blank before it, the other with
 * the blank behind it. */
static bool cut_own(struct parsed *p, const struct hosts_service *service)
{
    size_t from = p->value + service->start, to = p->value + service->end;
    bool last = to == p->text.len;

    if (strcmp(service->name, "gitdns") != 0 && !last)
        to += hosts_is_blank(p->text.octets[to]);
    else if (last || hosts_is_blank(p->text.octets[to]))
        from -= hosts_is_blank(p->text.octets[from - 1]);
    return replace(p, from, to, "");
}

/* Returns false if nothing would be left, or something else than the others. */
static bool cut_all_own(struct parsed *p)
{
    struct hosts_line others = p->line;

    placement_take_out_own(&others);
    for (unsigned i = p->line.count; others.count > 0 && i-- > 0;)
        if (placement_is_own(&p->line.service[i]) && !cut_own(p, &p->line.service[i]))
            return false;
    return others.count > 0 && placement_same(&p->line, &others);
}

/* The rule, on the text of a line to which placement_apply had no objection. */
static bool apply(struct parsed *p, const struct hosts_facts *facts)
{
    const struct hosts_service *service;
    int resolve, dns;
    size_t end;

    if (!cut_all_own(p))
        return false;
    resolve = hosts_line_find(&p->line, "resolve");
    dns = hosts_line_find(&p->line, "dns");
    if (resolve >= 0) {
        service = &p->line.service[resolve];
        if (!(dns >= 0 ? cut(p, service)
                       : replace(p, p->value + service->start, p->value + service->end, "dns")))
            return false;
        dns = hosts_line_find(&p->line, "dns");
    }
    if (dns < 0)
        return false;
    service = &p->line.service[dns];
    end = p->value + service->end;
    if (end < p->text.len && !hosts_is_blank(p->text.octets[end]) && !replace(p, end, end, " "))
        return false;
    return replace(p, end, end,
                   facts->nscd && !placement_ends_denied(service) ? BEHIND_DNS_NSCD : BEHIND_DNS) &&
           replace(p, p->value + p->line.service[dns].start, p->value + p->line.service[dns].start,
                   BEFORE_DNS);
}

static enum hosts_edit refuse(struct hosts_refusal *refusal, const char *reason)
{
    *refusal = (struct hosts_refusal){.reason = ""};
    message_set(refusal->reason, "%s", reason);
    return HOSTS_REFUSED;
}

static bool names_none(const struct parsed *p)
{
    size_t at = p->value;

    while (at < p->text.len && hosts_is_blank(p->text.octets[at]))
        at++;
    return p->value == 0 || at == p->text.len || p->text.octets[at] == '[';
}

/* Glibc may take a line that is too much for us: then it does what it says, and another would not.
 */
static enum hosts_edit refuse_odd(const struct parsed *p, const struct hosts_facts *facts,
                                  struct hosts_refusal *refusal)
{
    char text[HOSTS_LINE_MAX + 1];

    memcpy(text, p->text.octets, p->text.len);
    text[p->text.len] = '\n';
    if (!names_none(p) && glibc_rejects_line(text, p->text.len + 1) == 0)
        return refuse(refusal, "the line is not understood: it has more services, or one of a "
                               "longer name, than gitdns reads; shorten it, and try again");
    refuse(refusal, "the line is not understood; correct it, see nsswitch.conf(5), and try again");
    refusal->before_line = "or, with the usual services alone, write";
    by_hand_usual(facts, refusal->line);
    return HOSTS_REFUSED;
}

enum hosts_edit hosts_enable(const struct hosts_text *in, const struct hosts_facts *facts,
                             struct hosts_text *out, struct hosts_refusal *refusal)
{
    struct parsed p = {.text = *in};
    struct hosts_line want;

    if (!parse(&p))
        return refuse_odd(&p, facts, refusal);
    *out = *in;
    if (placement_is_met(&p.line, facts))
        return HOSTS_UNCHANGED;
    want = p.line;
    if (!placement_apply(&want, facts, refusal)) {
        by_hand_make(&p.line, facts, refusal->line);
        return HOSTS_REFUSED;
    }
    if (!apply(&p, facts) || !placement_same(&p.line, &want)) {
        refuse(refusal, "the line is too long or too odd to be edited safely");
        by_hand_write(&want, refusal->line);
        return HOSTS_REFUSED;
    }
    *out = p.text;
    return HOSTS_CHANGED;
}

/* Where the two begin and cease to differ, at the blanks between words. */
static void difference(const struct hosts_undo *saved, size_t *from, size_t *same_behind)
{
    const char *was = saved->was.octets, *now = saved->now.octets;
    size_t min = saved->was.len < saved->now.len ? saved->was.len : saved->now.len;
    size_t front = 0, back = 0;

    while (front < min && was[front] == now[front])
        front++;
    while (front > 0 && !hosts_is_blank(was[front - 1]))
        front--;
    while (back < min - front && was[saved->was.len - 1 - back] == now[saved->now.len - 1 - back])
        back++;
    while (back > 0 && !hosts_is_blank(was[saved->was.len - back]))
        back--;
    *from = front;
    *same_behind = back;
}

/* Where others have edited the line beside what enable wrote, puts back what stood there. Returns
 * whether that was possible. */
static bool undo(struct parsed *p, const struct hosts_undo *saved)
{
    char was[HOSTS_LINE_MAX + 1];
    size_t from, behind, len, was_len;
    const char *now, *at, *rest;

    difference(saved, &from, &behind);
    now = saved->now.octets + from;
    len = saved->now.len - behind - from;
    was_len = saved->was.len - behind - from;
    memcpy(was, saved->was.octets + from, was_len);
    was[was_len] = '\0';
    at = memmem(p->text.octets, p->text.len, now, len);
    if (len == 0 || at == NULL)
        return false;
    rest = at + len;
    /* Whole words only. */
    if (at == p->text.octets || !hosts_is_blank(at[-1]) ||
        (rest < p->text.octets + p->text.len && !hosts_is_blank(*rest)))
        return false;
    return replace(p, (size_t)(at - p->text.octets), (size_t)(rest - p->text.octets), was);
}

enum hosts_edit hosts_disable(const struct hosts_text *in, const struct hosts_undo *saved,
                              struct hosts_text *out, struct hosts_refusal *refusal)
{
    struct parsed p = {.text = *in}, trial;

    if (!parse(&p))
        return refuse(refusal, "the line is not understood; take gitdns_outage [TRYAGAIN=return] "
                               "and gitdns out by hand");
    *out = *in;
    if (!placement_has_own(&p.line))
        return HOSTS_UNCHANGED;
    if (saved != NULL) {
        trial = p;
        if (hosts_text_same(in, &saved->now)) {
            trial.text = saved->was;
            if (parse(&trial) && !placement_has_own(&trial.line)) {
                *out = trial.text;
                return HOSTS_CHANGED;
            }
        } else if (undo(&trial, saved)) {
            p = trial;
        }
    }
    if (!cut_all_own(&p)) {
        refuse(refusal, "nothing would be left in the line, or it is too odd to be edited safely");
        snprintf(refusal->line, sizeof refusal->line, "hosts: files dns");
        return HOSTS_REFUSED;
    }
    *out = p.text;
    return HOSTS_CHANGED;
}
