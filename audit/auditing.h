/* An audit under way. */
#ifndef GITDNS_AUDIT_AUDITING_H
#define GITDNS_AUDIT_AUDITING_H

#include "audit/audit.h"
#include "mirror/mirror.h"

struct auditing {
    const struct audit_request *request;
    struct audit *audit;
    struct mirror mirror;
    struct offer offer;
};

/* Of an answer that is no file: what it is. */
enum finding_kind auditing_kind(const struct fetch_answer *answer);

/* Adds what mirror->error says of the last call that failed. */
void auditing_fail(struct auditing *auditing, enum finding_level level);

#endif
