/* How long the rest will take, by what came of those that are over. Pure. */
#ifndef GITDNS_PROOF_FORECAST_H
#define GITDNS_PROOF_FORECAST_H

#include "proof/turns.h"

/* After how many ports an item is over whose port is not given, until that is known. */
#define FORECAST_PORTS 1.2

struct forecast {
    const struct proof_limits *limits;
    size_t tries;             /* items that are tried, */
    size_t over;              /* those of them that are over, */
    double due;               /* and handshakes that all were thought to take */
    uint64_t begun, finished; /* handshakes */
    double spent_ms;          /* by all of these, also those under way, so far */
    int64_t ms;               /* since the start */
    bool silent;              /* some are */
};

/* Milliseconds; -1: there is nothing to go by, yet. */
int64_t forecast_left_ms(const struct forecast *forecast, const struct turns *turns);

#endif
