/* How much of the time this machine was not there to see what came: it was asleep or had no time,
 * or one server took it all. Milliseconds of one clock. */
#ifndef GITDNS_PROOF_LATE_H
#define GITDNS_PROOF_LATE_H

#include <stdint.h>

/* By so much is no matter. */
#define LATE_MS 200

struct late {
    int64_t due; /* when it means to look again */
    int64_t ms;  /* that it came later than that, in all */
};

/* It looks now. */
static inline void late_note(struct late *late, int64_t now)
{
    if (now - late->due > LATE_MS)
        late->ms += now - late->due;
    late->due = now;
}

#endif
