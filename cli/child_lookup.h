/* Look-ups through glibc, each in a process of its own: with the hosts line or a part of it, with
 * DNS as it is or as if it were dead. */
#ifndef GITDNS_CLI_CHILD_LOOKUP_H
#define GITDNS_CLI_CHILD_LOOKUP_H

#include "hosts_line/grammar.h"
#include <stdint.h>
#include <sys/types.h>

#define CHILD_LOOKUP_ADDRESSES_MAX 128
#define CHILD_LOOKUP_ADDRESS_OCTETS 80 /* a scope has room */
#define CHILD_LOOKUP_NO_ANSWER 1       /* beside getaddrinfo's codes, which are negative */

struct child_lookup {
    pid_t child;
    int pipe;
    int64_t started; /* milliseconds of CLOCK_MONOTONIC, as what follows */
    /* What came of it, after child_lookup_wait: */
    int code; /* getaddrinfo's, or CHILD_LOOKUP_NO_ANSWER in time */
    int64_t milliseconds;
    unsigned count;
    char address[CHILD_LOOKUP_ADDRESSES_MAX][CHILD_LOOKUP_ADDRESS_OCTETS];
};

/* Starts to look the name up with the first `services` of the line; `dead`: as if every nameserver
 * had gone. Returns 0, or -errno. */
int child_lookup_start(struct child_lookup *lookup, const char *name, const struct hosts_line *line,
                       unsigned services, bool dead);

/* Waits for all of them, at most so many seconds, and ends those that are not done. */
void child_lookup_wait(struct child_lookup *lookups, unsigned count, int seconds);

#endif
