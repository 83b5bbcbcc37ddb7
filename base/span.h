/* Spans of time for people. */
#ifndef GITDNS_BASE_SPAN_H
#define GITDNS_BASE_SPAN_H

#include <stdint.h>

#define SPAN_OCTETS 64

/* `3 days`, `0 seconds`: in the largest unit that makes at least two, else one. */
const char *span_text(int64_t seconds, char out[SPAN_OCTETS]);

/* `3 days ago`, `in 5 minutes`, `now`: span_text of it. */
const char *span_distance(int64_t from, int64_t to, char out[SPAN_OCTETS]);

#endif
