/* What headers of HEAD say: redirects, and how long it may be kept on the way (RFC 9111). */
#ifndef GITDNS_AUDIT_HEADERS_H
#define GITDNS_AUDIT_HEADERS_H

#include "audit/auditing.h"
#include <stdint.h>

/* Seconds that a cache may keep it, by the value of Cache-Control: the longer of max-age and
 * s-maxage; 0: not at all, or nothing is said. */
int64_t headers_lifetime(const char *cache_control);

/* Seconds, by the value of Age; 0: none, or it is no number. */
int64_t headers_age(const char *age);

/* Adds what is found of those that the mirror's HEAD has come with. */
void headers_look(struct auditing *auditing);

#endif
