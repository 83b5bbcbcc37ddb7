/* What a run is asked for: gitdns-publish's options, their defaults and limits. */
#ifndef GITDNS_PUBLISH_OPTIONS_H
#define GITDNS_PUBLISH_OPTIONS_H

#include "base/number.h"
#include "publish/problem.h"
#include "publish/progress.h"
#include "publish/resolvers.h"
#include "publish/signers.h"
#include <stdbool.h>
#include <stdint.h>

#define VALID_DEFAULT (60 * DAY)
/* A registry that nobody renews must not answer for ever. */
#define VALID_MAX (3650 * DAY)
#define VALID_MAX_TEXT "ten years"
/* With a list of names; of a hosts file nothing is held. */
#define HOLD_DEFAULT 8
/* More serials seen.gz does not count. */
#define HOLD_MAX 250
#define RATE_MAX 1000000
#define PARALLEL_DEFAULT 200
#define PARALLEL_MAX 10000
#define SAMPLES_DEFAULT 1
#define SAMPLES_MAX 100

struct resolve_options {
    struct resolvers resolvers; /* none: resolv.conf's */
    unsigned rate;              /* questions a second; 0: as fast as answers come */
    unsigned parallel;          /* names under way */
    unsigned samples;
    int64_t every; /* seconds from the beginning of a sample to that of the next */
    bool private;
    progress_listener *progress; /* called several times a second; may be NULL */
    void *context;
};

struct publish_options {
    const char *to;
    const char *name;
    const char *hosts; /* this, a list of names, or a serial to publish once more */
    const char *names;
    uint32_t revert;                /* 0: none */
    bool www;                       /* `www.NAME` too */
    struct resolve_options resolve; /* how the names are asked for */
    unsigned hold;                  /* serials that addresses stay after they were last seen */
    struct signer_options signers;
    int64_t valid; /* seconds */
    bool private;
    bool force;
};

enum options_wish { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_WRONG };

/* What the words of the command line ask for. OPTIONS_WRONG: the problem says what is wrong; empty:
 * getopt_long has said it. */
enum options_wish options_parse(int argc, char **argv, struct publish_options *options,
                                struct problem *problem);

#endif
