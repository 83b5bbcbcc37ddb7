/* Asks DNS about the gates that are due, and gives them what it said: the prober's, for the
 * nameservers that resolv.conf has now. */
#ifndef GITDNS_OUTAGE_ASKER_H
#define GITDNS_OUTAGE_ASKER_H

#include "outage/copy_names.h"
#include "outage/gates.h"
#include "outage/periodic_probe.h"
#include "outage/prober.h"

struct asker {
    struct gates *gates; /* the caller's, as copy_names is */
    struct copy_names *copy_names;
    struct periodic_probe *periodic;
    struct nameservers nameservers;
    struct prober *prober; /* for these; NULL: none can be asked */
    bool forbidden;        /* to ask; it has been told */
    bool turn_of_query;    /* of a question under way, not of the next question */
};

/* Asks whom resolv.conf names now. Answers to earlier questions do not come any more. */
void asker_read_nameservers(struct asker *asker);

void asker_close(struct asker *asker);

/* Sends what may be sent now. */
void asker_ask(struct asker *asker);

/* Whether something is due that may not be sent yet. */
bool asker_is_due(const struct asker *asker);

/* As prober_polls, prober_wait and prober_process. */
unsigned asker_polls(struct asker *asker, struct pollfd *polls);
int asker_wait(const struct asker *asker);
void asker_process(struct asker *asker, const struct pollfd *polls, unsigned count);

#endif
