/* Names in canonical order, as fast of many as of few. */
#ifndef GITDNS_PUBLISH_RECORDS_ORDER_H
#define GITDNS_PUBLISH_RECORDS_ORDER_H

#include "publish/records.h"

/* Sorts the ids of different names by what these are. Returns 0 or -ENOMEM. */
int records_order(const struct records *records, uint32_t *id, size_t n);

#endif
