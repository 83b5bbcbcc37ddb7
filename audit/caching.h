/* What headers say of how long something may be kept on the way (RFC 9111). */
#ifndef GITDNS_AUDIT_CACHING_H
#define GITDNS_AUDIT_CACHING_H

#include <stdint.h>

/* Seconds that a cache may keep it, by the value of Cache-Control: the longer of max-age and
 * s-maxage; 0: not at all, or nothing is said. */
int64_t caching_lifetime(const char *cache_control);

/* Seconds, by the value of Age; 0: none, or it is no number. */
int64_t caching_age(const char *age);

#endif
