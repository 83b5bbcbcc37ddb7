/* One file of a mirror against what the manifest says of it, while it comes. */
#ifndef GITDNS_AUDIT_SERVED_FILE_H
#define GITDNS_AUDIT_SERVED_FILE_H

#include "audit/auditing.h"
#include <stdio.h>

/* So many of the last octets are kept. */
#define SERVED_FILE_TAIL 1024

struct served_file {
    const char *file; /* below the mirror's URL */
    uint64_t octets;
    const unsigned char *sha256;
    enum finding_level level; /* of what is wrong with it */
    FILE *keep;               /* NULL: its octets are needed by nobody */
    unsigned char tail[SERVED_FILE_TAIL];
    size_t tail_len;
};

/* Fetches it, and adds what is wrong. Returns whether its octets are right. */
bool served_file_check(struct auditing *auditing, struct served_file *file);

/* Of a file that is right: asks for its last octets alone, and adds what is wrong. */
void served_file_check_range(struct auditing *auditing, const struct served_file *file);

#endif
