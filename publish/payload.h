/* A payload: gzip of lines of text, with sizes and SHA-256 of what went in and of what came
 * out. The same text gives the same octets: the gzip header holds no time and no name. */
#ifndef GITDNS_PUBLISH_PAYLOAD_H
#define GITDNS_PUBLISH_PAYLOAD_H

#include "base/base.h"
#include <stddef.h>
#include <stdint.h>

struct payload;

struct payload_sums {
    uint64_t text_octets;
    unsigned char text_sha256[SHA256_OCTETS];
    uint64_t octets;
    unsigned char sha256[SHA256_OCTETS];
};

/* Writes to `fd`, which stays the caller's. Returns 0 and *payload, or -ENOMEM. */
int payload_open(struct payload **payload, int fd);

/* From now on a stop that is requested does not end it. */
void payload_persist(struct payload *payload);

/* At most TEXT_LINE_MAX octets. Returns 0, -errno, or E_STOPPED. */
int payload_add(struct payload *payload, const char *line, size_t len);

/* Writes what is left and fsyncs. Returns 0 and the sums, or -errno. */
int payload_finish(struct payload *payload, struct payload_sums *sums);

/* Frees; NULL is fine. */
void payload_close(struct payload *payload);

#endif
