/* What gitdns-push is asked for. */
#ifndef GITDNS_PUSH_PUSH_OPTIONS_H
#define GITDNS_PUSH_PUSH_OPTIONS_H

#include "base/message.h"
#include "base/number.h"
#include "push/push.h"
#include "push/remote.h"
#include <stdbool.h>
#include <stdint.h>

#define WITHIN_DEFAULT (6 * HOUR)
#define WITHIN_MAX (7 * DAY)
#define WITHIN_MAX_TEXT "a week"

struct push_options {
    const char *folder;
    struct remote remote[PUSH_REMOTES_MAX];
    unsigned remotes;
    int64_t within; /* seconds that a remote has */
    bool force;
};

enum push_wish { PUSH_RUN, PUSH_HELP, PUSH_VERSION, PUSH_WRONG };

/* What the words of the command line ask for. PUSH_WRONG: *fault says what is wrong; empty:
 * getopt_long has said it. */
enum push_wish push_options_parse(int argc, char **argv, struct push_options *options,
                                  char fault[MESSAGE_OCTETS]);

#endif
