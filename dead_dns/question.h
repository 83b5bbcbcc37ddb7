/* The question of a DNS message (RFC 1035 section 4.1), and its refusal. */
#ifndef GITDNS_DEAD_DNS_QUESTION_H
#define GITDNS_DEAD_DNS_QUESTION_H

#include "registry/registry.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUESTION_OCTETS_MAX 4096 /* of a message; glibc's have no more than 300 or so */

struct question {
    char name[NAME_MAX_OCTETS + 1]; /* lower-case, `?` for what no host's name has; `.`: the root */
    uint16_t type;
    size_t octets; /* of the message up to the question's end */
};

/* Reads the one question of a query. Returns whether there is one. */
bool question_read(const unsigned char *message, size_t len, struct question *question);

/* Makes the query its own answer, SERVFAIL. Returns the answer's length. */
size_t question_fail(unsigned char *message, const struct question *question);

#endif
