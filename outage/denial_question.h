/* Asks DNS whether it denies a name, as a program would be told: the first nameserver of
 * resolv.conf, in its order, that says anything about both its IPv4 and its IPv6 addresses. */
#ifndef GITDNS_OUTAGE_DENIAL_QUESTION_H
#define GITDNS_OUTAGE_DENIAL_QUESTION_H

#include "base/resolv_conf.h"
#include "outage/denials.h"
#include <stdatomic.h>

/* For each nameserver, in which each question is sent so often. */
#define DENIAL_QUESTION_MS 2000
#define DENIAL_QUESTION_SENDS 3

/* Waits for so long at most, or until *ends; over UDP alone. What is an answer for one family and
 * none for the other is a yes. */
enum denial_reply denial_question_ask(const struct resolv_conf *conf, const char *name,
                                      const atomic_bool *ends);

#endif
