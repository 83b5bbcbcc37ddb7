/* Numbers and durations that people write. */
#ifndef GITDNS_BASE_NUMBER_H
#define GITDNS_BASE_NUMBER_H

#include <stdint.h>

#define MINUTE INT64_C(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Reads decimal digits to *rest. Returns the number; -1 if there are none or more than fit. */
int64_t number_parse(const char *text, const char **rest);

/* A number and a unit, one of the letters in `units`, of w, d, h, m and s; 0 needs none. Returns
 * seconds, INT64_MAX if more than fit, or -1 if the text is no duration. */
int64_t duration_parse(const char *text, const char *units);

#endif
