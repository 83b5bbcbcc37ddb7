/* The rule of edit.h on a parsed line: what is asked of it, and what comes out. */
#ifndef GITDNS_HOSTS_LINE_PLACEMENT_H
#define GITDNS_HOSTS_LINE_PLACEMENT_H

#include "base/message.h"
#include "hosts_line/grammar.h"

/* What of the machine decides. */
struct hosts_facts {
    bool nscd; /* nscd answers for hosts */
    bool stub; /* resolv.conf names systemd-resolved */
};

/* Why an edit was refused, and the line that a person may write instead; empty where there is none
 * to propose. */
struct hosts_refusal {
    char reason[MESSAGE_OCTETS];
    const char *before_line; /* NULL: the usual words */
    char line[HOSTS_LINE_TEXT_OCTETS];
};

/* Makes of `line` what the rule says; start and end of its services mean nothing any more. Returns
 * false, and why in `refusal`, with no line in it, where it may not be edited. */
bool placement_apply(struct hosts_line *line, const struct hosts_facts *facts,
                     struct hosts_refusal *refusal);

/* Whether the line is as the rule wants it on this machine, or an administrator's own good choice.
 */
bool placement_is_met(const struct hosts_line *line, const struct hosts_facts *facts);

/* Whether a service is one of ours, and whether one in the line is. */
bool placement_is_own(const struct hosts_service *service);
bool placement_has_own(const struct hosts_line *line);

void placement_take_out_own(struct hosts_line *line);

/* Whether both name the same services with the same actions. */
bool placement_same(const struct hosts_line *a, const struct hosts_line *b);

/* Whether the service's action ends the look-up where it denies that a name exists. */
bool placement_ends_denied(const struct hosts_service *service);

/* The rule itself, whatever the line is: without a service that asks DNS, `gitdns` comes last.
 * Returns false if there is no room. */
bool placement_shape(struct hosts_line *line, bool nscd);

/* The first service of that name, or -1; and whether there are several. */
int placement_first(const struct hosts_line *line, const char *name);
bool placement_is_twice(const struct hosts_line *line, const char *name);

void placement_take_out(struct hosts_line *line, int i);

/* Returns false if the line is full. */
bool placement_put_in(struct hosts_line *line, int i, const struct hosts_service *service);

#endif
