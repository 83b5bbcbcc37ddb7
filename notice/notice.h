/* What the daemon says: a line for people, and for programs which event it is and what of. To the
 * journal with fields, where that is what standard error leads to (systemd.exec(5),
 * $JOURNAL_STREAM); elsewhere the line alone, on standard error. gitdns-syncd(8) has the events and
 * their fields, packaging/systemd/gitdns.catalog what to do about them.
 *
 * Outage and syncd may enter. It knows base. */
#ifndef GITDNS_NOTICE_NOTICE_H
#define GITDNS_NOTICE_NOTICE_H

#include "base/message.h"

#define NOTICE_FIELDS_MAX 6

/* Others depend on what each is called in the journal: none is ever given another id. */
enum notice_event {
    NOTICE_LINE = 0, /* none of these */
    NOTICE_OUTAGE_BEGINS,
    NOTICE_OUTAGE_ENDS,
    NOTICE_ROUND_FAILED,
    NOTICE_EXPIRES,
};

struct notice {
    enum notice_event event;
    unsigned fields;
    char field[NOTICE_FIELDS_MAX][MESSAGE_OCTETS];
    char line[MESSAGE_OCTETS];
};

/* Adds `FIELD=value`, as message_set: whatever comes in from outside, it is one field. */
__attribute__((format(printf, 2, 3))) void notice_add(struct notice *notice, const char *format,
                                                      ...);

/* Any thread. */
void notice_say(const struct notice *notice);

/* Without an event. */
void notice_say_line(const char *line);

#endif
