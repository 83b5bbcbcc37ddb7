/* What there is to tell of this machine: for `gitdns status` and `gitdns doctor`. */
#ifndef GITDNS_CLI_STATUS_H
#define GITDNS_CLI_STATUS_H

#include "cli/cli.h"
#include "cli/outage_view.h"
#include "copy/round_state.h"
#include "hosts_line/reach.h"
#include "survey/survey_kept.h"

/* What the registry that comes with the package is called. */
#define STARTER "starter"

struct status_registry {
    struct registry_copy copy;
    bool asked;      /* the policy that the module reads has it */
    int store_error; /* 0: manifest and deadline are set */
    struct manifest manifest;
    int64_t deadline;
    uint32_t pinned; /* 0: none */
    uint32_t newest; /* of those that are kept; 0: none */
    int64_t
        created; /* of the newest, or of the one that answers if none is kept; 0: there is none */
    int64_t expires; /* of the same */
    int64_t usual;   /* seconds from one serial to the next (freshness.h); 0: not known */
    bool awaited;    /* it is made on this machine, and has not been made for the first time yet */
    bool known;      /* a round has been */
    struct round_state rounds;
};

struct status {
    int64_t now;
    unsigned registries;
    struct status_registry registry[POLICY_REGISTRIES_MAX]; /* in order */
    int policy_error; /* why no registry is asked: a code of base/error.h; 0: none, or no policy */
    bool has_copy;    /* one at least that is asked, whichever are shown, is not too old */
    bool starter;     /* of these there is the starter alone */
    struct hosts_line line;
    struct reach_report reach;
    char module_error[MESSAGE_OCTETS]; /* why the dynamic linker does not load it; empty: it does */
    struct outage_view outage;
    struct survey_kept drill; /* the last one; made is 0: none is known */
};

/* Reads all of it: of these copies, and of what the module reads in `folder`. */
void status_collect(const struct copies *copies, const char *folder, struct status *status);

/* It has a store that is asked and not too old. */
bool status_registry_answers(const struct status *status, const struct status_registry *registry);

#endif
