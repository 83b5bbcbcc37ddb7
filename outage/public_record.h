/* What may be told to anybody: a record that a public registry may hold, of one that is public. */
#ifndef GITDNS_OUTAGE_PUBLIC_RECORD_H
#define GITDNS_OUTAGE_PUBLIC_RECORD_H

#include "copy/policy.h"

/* `place`: its registry's. */
bool public_record_is(const struct policy *policy, const struct record *record, unsigned place);

#endif
