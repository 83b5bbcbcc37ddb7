/* What `gitdns enable` and `gitdns disable` make of a hosts line: text in, text out.
 *
 * The rule: `gitdns_outage [TRYAGAIN=return]` directly before `dns`, `gitdns` directly behind it
 * and its action; nothing else moves. `resolve`, which would end the look-up, makes room for `dns`
 * where resolv.conf is resolved's own; `dns` gets [NOTFOUND=return] under nscd. What comes out has
 * been parsed again and is what the rule says, or the edit is refused.
 */
#ifndef GITDNS_HOSTS_LINE_EDIT_H
#define GITDNS_HOSTS_LINE_EDIT_H

#include "hosts_line/hosts_text.h"
#include "hosts_line/placement.h"
#include "hosts_line/undo.h"

enum hosts_edit { HOSTS_CHANGED, HOSTS_UNCHANGED, HOSTS_REFUSED };

/* `out` is set unless refused, `refusal` if refused. */
enum hosts_edit hosts_enable(const struct hosts_text *in, const struct hosts_facts *facts,
                             struct hosts_text *out, struct hosts_refusal *refusal);

/* `saved`: NULL if there is nothing known of an enable before. */
enum hosts_edit hosts_disable(const struct hosts_text *in, const struct hosts_undo *saved,
                              struct hosts_text *out, struct hosts_refusal *refusal);

#endif
