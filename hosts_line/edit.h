/* What `gitdns enable` and `gitdns disable` make of a hosts line: text in, text out.
 *
 * The rule: `gitdns_outage [TRYAGAIN=return]` directly before `dns`, `gitdns` directly behind it
 * and its action; nothing else moves. `resolve`, which would end the look-up, makes room for `dns`
 * where resolv.conf is resolved's own; `dns` gets [NOTFOUND=return] under nscd. What comes out has
 * been parsed again and is what the rule says, or the edit is refused.
 */
#ifndef GITDNS_HOSTS_LINE_EDIT_H
#define GITDNS_HOSTS_LINE_EDIT_H

#include "hosts_line/grammar.h"
#include "hosts_line/reach.h"

/* A hosts line of nsswitch.conf from its first octet to the one before its LF. */
struct hosts_text {
    size_t len;
    char octets[HOSTS_LINE_MAX];
};

/* What of the machine decides. */
struct hosts_facts {
    bool nscd; /* nscd answers for hosts */
    bool stub; /* resolv.conf names systemd-resolved */
};

enum hosts_edit { HOSTS_CHANGED, HOSTS_UNCHANGED, HOSTS_REFUSED };

#define HOSTS_REASON_OCTETS 320

/* Why an edit was refused, and the line that a person may write instead; empty where there is none
 * to propose. */
struct hosts_refusal {
    char reason[HOSTS_REASON_OCTETS];
    const char *before_line; /* NULL: the usual words */
    char line[REACH_LINE_OCTETS];
};

/* The line before and after what enable did, so that disable can undo it to the octet. */
struct hosts_undo {
    struct hosts_text was, now;
};

/* The last hosts line of a file's text: its offset and, without the LF, its length. The one that
 * glibc reads. Returns its number from 1, or 0 if there is none. */
size_t hosts_text_find(const char *text, size_t len, size_t *offset, size_t *line_len);

/* Sets `text` to these octets. Returns whether there is room. */
bool hosts_text_set(struct hosts_text *text, const char *octets, size_t len);

/* `out` is set unless refused, `refusal` if refused. */
enum hosts_edit hosts_enable(const struct hosts_text *in, const struct hosts_facts *facts,
                             struct hosts_text *out, struct hosts_refusal *refusal);

/* `saved`: NULL if there is nothing known of an enable before. */
enum hosts_edit hosts_disable(const struct hosts_text *in, const struct hosts_undo *saved,
                              struct hosts_text *out, struct hosts_refusal *refusal);

/* Whether the line is as the rule wants it on this machine, or an administrator's own good choice.
 */
bool hosts_is_enabled(const struct hosts_line *line, const struct hosts_facts *facts);

/* Whether a service is one of ours. */
bool hosts_is_own(const struct hosts_service *service);
bool hosts_has_own(const struct hosts_line *line);

#endif
