/* What the log says of outages. */
#ifndef GITDNS_OUTAGE_OUTAGE_LOG_H
#define GITDNS_OUTAGE_OUTAGE_LOG_H

#include "outage/gate.h"

/* So many names are told of in one outage. */
#define OUTAGE_LOG_NAMES_MAX 20

struct gates;

/* No event. */
__attribute__((format(printf, 2, 3))) void outage_log_say(struct gates *gates, const char *format,
                                                          ...);

/* It is settled how far an outage goes. */
void outage_log_out(struct gates *gates, struct gate *gate);

/* A domain answers: those just below it are out by themselves. */
void outage_log_children(struct gates *gates, const struct gate *domain);

void outage_log_answered(struct gates *gates, const struct gate *gate, int64_t now);

/* None of what was out counts as out any more: `count` names, domains and the root. */
__attribute__((format(printf, 3, 4))) void outage_log_over(struct gates *gates, unsigned count,
                                                           const char *format, ...);

#endif
